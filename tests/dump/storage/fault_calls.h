// System calls that fail, fall short or kill the process at the k-th of them; and directories to try in.
//
// Tests only; one thread.
#pragma once

#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

#include "dump/durable_file_calls.h"

namespace looptape::dump::test {

enum class Fault { kNone, kError, kErrorFromThere, kShortWrite, kKillBefore, kKillAfter };

// Passes everything on to the real calls, but for the fault at call number `at` (from 1).
class FaultCalls : public FileCalls {
 public:
  Fault fault = Fault::kNone;
  int at = 0;
  int error = 0;
  int count = 0;             // calls so far
  bool struck = false;       // the fault has happened
  std::string open_instead;  // path that is opened in place of every file made; empty = none

  int mkdir(const char* path, mode_t mode) override {
    return call([&] { return real_.mkdir(path, mode); });
  }
  int chmod(const char* path, mode_t mode) override {
    return call([&] { return real_.chmod(path, mode); });
  }
  int openat(int directory, const char* path, int flags, mode_t mode) override {
    return call([&] {
      if (!open_instead.empty() && (flags & O_CREAT) != 0)
        return real_.openat(AT_FDCWD, open_instead.c_str(), O_WRONLY | O_CLOEXEC, 0);
      return real_.openat(directory, path, flags, mode);
    });
  }
  int fstat(int fd, struct stat* status) override {
    return call([&] { return real_.fstat(fd, status); });
  }
  int fchmod(int fd, mode_t mode) override {
    return call([&] { return open_instead.empty() ? real_.fchmod(fd, mode) : 0; });
  }
  ssize_t write(int fd, const void* data, std::size_t bytes) override;
  int fsync(int fd) override {
    return call([&] { return real_.fsync(fd); });
  }
  int close(int fd) override;
  int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) override {
    return call([&] { return real_.renameat2(from_directory, from, to_directory, to, flags); });
  }
  int linkat(int from_directory, const char* from, int to_directory, const char* to) override {
    return call([&] { return real_.linkat(from_directory, from, to_directory, to); });
  }
  int unlinkat(int directory, const char* name) override {
    return call([&] { return real_.unlinkat(directory, name); });
  }
  int fstatat(int directory, const char* name, struct stat* status, int flags) override {
    return call([&] { return real_.fstatat(directory, name, status, flags); });
  }
  int fstatvfs(int fd, struct statvfs* status) override {
    return call([&] { return real_.fstatvfs(fd, status); });
  }
  int list(int directory, const std::function<void(const char*)>& each) override {
    return call([&] { return real_.list(directory, each); });
  }

 private:
  bool strikes() {
    ++count;
    const bool now = count == at || (fault == Fault::kErrorFromThere && count >= at && at != 0);
    struck |= now && fault != Fault::kNone;
    return now;
  }
  template <class Real>
  int call(Real real);

  FileCalls& real_ = system_file_calls();
};

template <class Real>
int FaultCalls::call(Real real) {
  const bool now = strikes();
  if (now && (fault == Fault::kError || fault == Fault::kErrorFromThere)) {
    errno = error;
    return -1;
  }
  if (now && fault == Fault::kKillBefore) ::raise(SIGKILL);
  const int result = real();
  if (now && fault == Fault::kKillAfter) ::raise(SIGKILL);
  return result;
}

// A directory that is removed, with what is in it, when the test ends.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Names in a directory, sorted.
std::vector<std::string> names_in(const std::string& directory);
std::string content_of(const std::string& path);
void put(const std::string& path, const std::string& content);

}  // namespace looptape::dump::test
