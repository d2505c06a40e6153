// Texts that are written now and read later in another order, in a temporary file that nobody else sees.
//
// One thread.  The file is made at the first text and is gone with this object.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace looptape::tools {

class Spool {
 public:
  Spool() = default;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool() {
    if (file_ != nullptr) std::fclose(file_);
  }

  // Where it starts.  What could not be written cannot be read.
  std::uint64_t append(std::string_view text) {
    if (file_ == nullptr) file_ = std::tmpfile();
    const std::uint64_t offset = size_;
    if (file_ == nullptr || std::fwrite(text.data(), 1, text.size(), file_) != text.size()) failed_ = true;
    size_ += text.size();
    return offset;
  }
  // Nothing when it cannot be read.
  std::optional<std::string> read(std::uint64_t offset, std::uint64_t bytes) const {
    std::string text(bytes, ' ');
    if (failed_ || file_ == nullptr || fseeko(file_, static_cast<off_t>(offset), SEEK_SET) != 0) return std::nullopt;
    if (std::fread(text.data(), 1, bytes, file_) != bytes) return std::nullopt;
    return text;
  }

 private:
  std::FILE* file_ = nullptr;
  std::uint64_t size_ = 0;
  bool failed_ = false;
};

}  // namespace looptape::tools
