// The system calls that make a file durable, as an interface: so that a test can fail, cut short or kill
// at any one of them.
//
// Each method is the system call of its name: same arguments, same result, errno set.  Thread-safe where
// the call is.  Nothing is retried here.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <functional>

namespace looptape::dump {

// A call's result, made again while a signal interrupts it.
template <class Call>
int retried(Call call) {
  int result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

class FileCalls {
 public:
  virtual ~FileCalls() = default;
  virtual int mkdir(const char* path, mode_t mode) = 0;
  virtual int chmod(const char* path, mode_t mode) = 0;
  virtual int openat(int directory, const char* path, int flags, mode_t mode) = 0;
  virtual int fstat(int fd, struct stat* status) = 0;
  virtual int fchmod(int fd, mode_t mode) = 0;
  virtual ssize_t write(int fd, const void* data, std::size_t bytes) = 0;
  virtual int fsync(int fd) = 0;
  virtual int close(int fd) = 0;
  virtual int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) = 0;
  virtual int linkat(int from_directory, const char* from, int to_directory, const char* to) = 0;
  virtual int unlinkat(int directory, const char* name) = 0;
  virtual int fstatat(int directory, const char* name, struct stat* status, int flags) = 0;
  virtual int fstatvfs(int fd, struct statvfs* status) = 0;
  // Calls `each` with every name in the directory but . and ..
  virtual int list(int directory, const std::function<void(const char*)>& each) = 0;
};

// The real ones.
FileCalls& system_file_calls();

}  // namespace looptape::dump
