// The key of user ids: see user_key.h.
#include "probes/user_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/process_identity.h"

namespace looptape {
namespace {

using Key = std::array<std::uint64_t, 2>;

// Reads the 16 bytes of an existing key file that is ours alone.
bool read_key(const std::string& path, Key& key) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);  // a FIFO too
  if (fd < 0) return false;
  struct stat info {};
  const bool ours = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == ::geteuid() &&
                    (info.st_mode & 077) == 0 && info.st_size == sizeof key;
  const bool read = ours && ::read(fd, key.data(), sizeof key) == static_cast<ssize_t>(sizeof key);
  ::close(fd);
  return read;
}

// A whole key under a name that nobody looks at; empty: errno says why not.
std::string write_aside(const std::string& path, const Key& key) {
  std::uint64_t number = 0;
  core::random_words(&number, 1);
  char suffix[32];
  std::snprintf(suffix, sizeof suffix, ".%016llx", static_cast<unsigned long long>(number));
  std::string aside = path + suffix;
  const int fd = ::open(aside.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return {};
  ::fchmod(fd, 0600);  // whatever the umask took away
  const ssize_t taken = ::write(fd, key.data(), sizeof key);
  if (taken >= 0) errno = EIO;  // what a write that took less means; it says nothing itself
  const bool written = taken == static_cast<ssize_t>(sizeof key) && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  if (written) return aside;
  ::unlink(aside.c_str());
  errno = error;
  return {};
}

}  // namespace

std::optional<std::array<std::uint64_t, 2>> user_key(const std::string& directory, std::string* problem) {
  const std::string path = directory + "/user.key";
  Key key{};
  if (!directory.empty() && read_key(path, key)) return key;
  if (!core::random_words(key.data(), key.size())) {
    *problem = "user ids are not recorded: the system gives no random bytes for the key that they are hashed with";
    return {};
  }
  if (directory.empty()) {
    *problem = "user ids are hashed with a key of this process alone: there is no directory to keep one in";
    return key;
  }
  // The file has its name only once it is whole: who finds it finds a key, and of several processes that make one at
  // the same time the first link counts.
  const std::string aside = write_aside(path, key);
  int error = errno;
  if (!aside.empty()) {
    const bool first = ::link(aside.c_str(), path.c_str()) == 0;
    error = errno;
    ::unlink(aside.c_str());
    if (first || (error == EEXIST && read_key(path, key))) return key;
  }
  if (error == EEXIST) {
    *problem = "user ids are hashed with a key of this process alone: " + path +
               " is not a file of 16 bytes that only this user may read; move it away";
    return key;
  }
  *problem = "user ids are hashed with a key of this process alone: cannot make " + path + ": " + std::strerror(error);
  return key;
}

}  // namespace looptape
