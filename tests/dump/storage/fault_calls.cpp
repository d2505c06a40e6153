// Faults and directories; see the header.
#include "tests/dump/storage/fault_calls.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace looptape::dump::test {

ssize_t FaultCalls::write(int fd, const void* data, std::size_t bytes) {
  const bool now = strikes();
  if (now && (fault == Fault::kError || fault == Fault::kErrorFromThere)) {
    errno = error;
    return -1;
  }
  if (now && fault == Fault::kKillBefore) ::raise(SIGKILL);
  // Also half a write before death.
  const bool half = now && (fault == Fault::kShortWrite || fault == Fault::kKillAfter) && bytes > 1;
  const ssize_t result = real_.write(fd, data, half ? bytes / 2 : bytes);
  if (now && fault == Fault::kKillAfter) ::raise(SIGKILL);
  return result;
}

// As Linux does it: the descriptor is closed also when the call fails.
int FaultCalls::close(int fd) {
  const bool now = strikes();
  if (now && fault == Fault::kKillBefore) ::raise(SIGKILL);
  const int result = real_.close(fd);
  if (now && fault == Fault::kKillAfter) ::raise(SIGKILL);
  if (now && (fault == Fault::kError || fault == Fault::kErrorFromThere)) {
    errno = error;
    return -1;
  }
  return result;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "looptape-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put(const std::string& path, const std::string& content) { std::ofstream(path, std::ios::binary) << content; }

}  // namespace looptape::dump::test
