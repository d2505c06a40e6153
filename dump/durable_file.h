// Files that are whole or absent: written under a temporary name, synced, renamed, directory synced.
//
// One thread per object.  Throws nothing but for want of memory, never follows a link, never replaces a file that is
// there.  A failure gives up cleanly: the temporary file is removed and an error says what failed on what.  What has
// been committed survives a power loss as far as the file system keeps its word.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dump/output_directory.h"
#include "dump/tape_io.h"

namespace looptape::dump {

inline constexpr std::string_view kTemporarySuffix = ".part";

class DurableFile : public ByteOutput {
 public:
  explicit DurableFile(OutputDirectory& directory) : directory_(directory) {}
  ~DurableFile() override;  // gives up what was not committed
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  // Begins `name` under a temporary name, mode 0600.  Writing more than `most_bytes` (0: no limit), which is what
  // the limit of bytes leaves, is a failure.
  IoError create(const std::string& name, std::uint64_t most_bytes = 0);
  IoError write(std::span<const std::byte> bytes) override;
  // Makes it durable under its name.  After an error the file is absent, but for one case that the error
  // tells: it is in place and the directory could not be synced.
  IoError commit();
  // Removes the temporary file, if there is one.
  void give_up();

  bool committed() const { return committed_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  // `why` in the place of what the system says of the code.
  IoError failed(const char* call, const std::string& name, int code, const std::string& why = {});
  int sync(int fd);
  int place();

  OutputDirectory& directory_;
  int fd_ = -1;
  std::string name_, temporary_;
  std::uint64_t bytes_ = 0, most_bytes_ = 0;
  bool committed_ = false;
};

}  // namespace looptape::dump
