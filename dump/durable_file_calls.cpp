// The real system calls; see the header.
#include "dump/durable_file_calls.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace looptape::dump {
namespace {

class SystemFileCalls : public FileCalls {
 public:
  int mkdir(const char* path, mode_t mode) override { return ::mkdir(path, mode); }
  int chmod(const char* path, mode_t mode) override { return ::chmod(path, mode); }
  int openat(int directory, const char* path, int flags, mode_t mode) override {
    return ::openat(directory, path, flags, mode);
  }
  int fstat(int fd, struct stat* status) override { return ::fstat(fd, status); }
  int fchmod(int fd, mode_t mode) override { return ::fchmod(fd, mode); }
  ssize_t write(int fd, const void* data, std::size_t bytes) override { return ::write(fd, data, bytes); }
  int fsync(int fd) override { return ::fsync(fd); }
  int close(int fd) override { return ::close(fd); }
  int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) override {
    return ::renameat2(from_directory, from, to_directory, to, flags);
  }
  int linkat(int from_directory, const char* from, int to_directory, const char* to) override {
    return ::linkat(from_directory, from, to_directory, to, 0);
  }
  int unlinkat(int directory, const char* name) override { return ::unlinkat(directory, name, 0); }
  int fstatat(int directory, const char* name, struct stat* status, int flags) override {
    return ::fstatat(directory, name, status, flags);
  }
  int fstatvfs(int fd, struct statvfs* status) override { return ::fstatvfs(fd, status); }
  int list(int directory, const std::function<void(const char*)>& each) override {
    const int fd = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -1;
    DIR* stream = ::fdopendir(fd);
    if (stream == nullptr) {
      ::close(fd);
      return -1;
    }
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") each(entry->d_name);
      errno = 0;
    }
    const int failure = errno;
    ::closedir(stream);
    errno = failure;
    return failure == 0 ? 0 : -1;
  }
};

}  // namespace

FileCalls& system_file_calls() {
  static SystemFileCalls calls;
  return calls;
}

}  // namespace looptape::dump
