// The key of user ids: see user_key.h.
#include "probes/user_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/process_identity.h"

namespace looptape {
namespace {

std::string failure(const char* what, const std::string& path, int error) {
  return std::string(what) + " " + path + ": " + std::strerror(error);
}

// Reads the 16 bytes of an existing key file that is ours alone.
bool read_key(const std::string& path, std::array<std::uint64_t, 2>& key) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat info {};
  const bool ours = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == ::geteuid() &&
                    (info.st_mode & 077) == 0 && info.st_size == sizeof key;
  const bool read = ours && ::read(fd, key.data(), sizeof key) == static_cast<ssize_t>(sizeof key);
  ::close(fd);
  return read;
}

}  // namespace

std::array<std::uint64_t, 2> user_key(const std::string& directory, std::string* problem) {
  const std::string path = directory + "/user.key";
  std::array<std::uint64_t, 2> key{};
  if (read_key(path, key)) return key;
  core::random_words(key.data(), key.size());
  const int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) {
    // Another process of the service may have made it a moment ago.
    if (errno == EEXIST && read_key(path, key)) return key;
    *problem = failure("user ids are hashed with a key of this process alone: cannot create", path, errno);
    return key;
  }
  const bool written = ::write(fd, key.data(), sizeof key) == static_cast<ssize_t>(sizeof key) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written) {
    *problem = "user ids are hashed with a key of this process alone: cannot write " + path;
    ::unlink(path.c_str());
  }
  return key;
}

}  // namespace looptape
