// A directory of our own: see output_directory.h.
#include "dump/output_directory.h"

#include <stdio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace looptape::dump {
namespace {

std::string octal(mode_t mode) {
  std::array<char, 16> text;
  snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
  return text.data();
}

// A slash at the end would make the kernel follow a link there.
std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

OutputDirectory::~OutputDirectory() {
  if (fd_ >= 0) calls_.close(fd_);
}

// Some file systems refuse to make what is there with another error than EEXIST.  Leaves `why` in errno.
bool OutputDirectory::is_directory(const std::string& path, int why) const {
  struct stat status;
  const bool is = calls_.fstatat(AT_FDCWD, path.c_str(), &status, 0) == 0 && S_ISDIR(status.st_mode);
  errno = why;
  return is;
}

IoError OutputDirectory::open(const std::string& given) {
  const std::string path = without_slashes(given);
  // Every missing part of the path, from the top.
  std::string above;
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (retried([&] { return calls_.mkdir(part.c_str(), 0700); }) == 0) {
      // Whatever the umask took away.
      if (retried([&] { return calls_.chmod(part.c_str(), 0700); }) != 0)
        return {errno, because("chmod " + part, errno)};
    } else if (errno != EEXIST && !is_directory(part, errno)) {
      // The part above is to blame when it is no directory: a file, or a link that leads nowhere.
      const std::string& failed = above.empty() || is_directory(above, errno) ? part : above;
      return {errno, because("mkdir " + path + (failed != path ? ": " + failed : ""), errno)};
    }
    if (slash == std::string::npos) break;
    above = part;
  }
  return open_existing(path);
}

IoError OutputDirectory::open_existing(const std::string& given) {
  const std::string path = path_ = without_slashes(given);
  if (fd_ >= 0) calls_.close(fd_);
  fd_ = retried(
      [&] { return calls_.openat(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0); });
  if (fd_ < 0) return {errno, because("open directory " + path, errno)};
  struct stat status;
  IoError error;
  if (retried([&] { return calls_.fstat(fd_, &status); }) != 0)
    error = {errno, because("stat " + path, errno)};
  else if (status.st_uid != geteuid())
    error = {EPERM, path + ": belongs to uid " + std::to_string(status.st_uid) + ", not to us"};
  else if ((status.st_mode & 0077) != 0)
    error = {EPERM, path + ": mode " + octal(status.st_mode) + " is open to others; it must be 0700"};
  if (error) {
    calls_.close(fd_);
    fd_ = -1;
  }
  return error;
}

}  // namespace looptape::dump
