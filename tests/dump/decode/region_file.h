// A directory of its own for a test, and region files in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace looptape::dump::testing {

// Made on construction, removed with everything in it at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Writes words to a file; returns its path.
std::string write_words(const std::filesystem::path& path, const std::vector<std::uint64_t>& words);

}  // namespace looptape::dump::testing
