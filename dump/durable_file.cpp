// Whole or absent; see the header.
#include "dump/durable_file.h"

#include <stdio.h>

#include <cerrno>

#include "core/disk_limits.h"
#include "core/measure_text.h"
#include "core/setting_range.h"

namespace looptape::dump {

DurableFile::~DurableFile() { give_up(); }

void DurableFile::give_up() {
  FileCalls& calls = directory_.calls();
  if (fd_ >= 0) calls.close(fd_);
  fd_ = -1;
  if (temporary_.empty()) return;
  retried([&] { return calls.unlinkat(directory_.fd(), temporary_.c_str()); });
  temporary_.clear();
}

IoError DurableFile::failed(const char* call, const std::string& name, int code, const std::string& why) {
  const std::string what = std::string(call) + " " + directory_.path() + "/" + name;
  IoError error{code, why.empty() ? because(what, code) : what + ": " + why};
  const std::string left = temporary_;
  give_up();
  struct stat status;
  if (!left.empty() && directory_.calls().fstatat(directory_.fd(), left.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    error.what += "; " + left + " could not be removed";
  return error;
}

IoError DurableFile::create(const std::string& name, std::uint64_t most_bytes) {
  give_up();
  FileCalls& calls = directory_.calls();
  name_ = name;
  bytes_ = 0;
  most_bytes_ = most_bytes;
  committed_ = false;
  const std::string temporary = name + std::string(kTemporarySuffix);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  fd_ = retried([&] { return calls.openat(directory_.fd(), temporary.c_str(), kFlags, 0600); });
  if (fd_ < 0) return failed("create", temporary, errno);
  temporary_ = temporary;
  // Whatever the umask took away.
  if (retried([&] { return calls.fchmod(fd_, 0600); }) != 0) return failed("chmod", temporary, errno);
  return {};
}

IoError DurableFile::write(std::span<const std::byte> bytes) {
  if (fd_ < 0) return {EBADF, because("write " + directory_.path() + "/" + name_, EBADF)};
  if (most_bytes_ != 0 && bytes.size() > most_bytes_ - bytes_)
    return failed("write", name_, EDQUOT,
                  "it needs more than the " + core::bytes_text(most_bytes_) + " that " + core::kDiskBytes.setting +
                      " (" + core::variable_of(core::kDiskBytes.setting) + ") leaves; raise it");
  while (!bytes.empty()) {
    const ssize_t n = directory_.calls().write(fd_, bytes.data(), bytes.size());
    if (n > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      bytes_ += static_cast<std::uint64_t>(n);
    } else if (n == 0 || errno != EINTR) {
      return failed("write", name_, n == 0 ? EIO : errno);
    }
  }
  return {};
}

int DurableFile::sync(int fd) {
  return retried([&] { return directory_.calls().fsync(fd); });
}

// Gives the temporary file its name; never in the place of another.
int DurableFile::place() {
  FileCalls& calls = directory_.calls();
  const int at = directory_.fd();
  const int renamed =
      retried([&] { return calls.renameat2(at, temporary_.c_str(), at, name_.c_str(), RENAME_NOREPLACE); });
  if (renamed == 0 || (errno != EINVAL && errno != ENOSYS)) return renamed;
  // A file system without that flag: a link never replaces either.
  if (retried([&] { return calls.linkat(at, temporary_.c_str(), at, name_.c_str()); }) != 0) return -1;
  retried([&] { return calls.unlinkat(at, temporary_.c_str()); });
  return 0;
}

IoError DurableFile::commit() {
  if (fd_ < 0) return {EBADF, because("commit " + directory_.path() + "/" + name_, EBADF)};
  if (sync(fd_) != 0) return failed("fsync", temporary_, errno);
  const int fd = fd_;
  fd_ = -1;
  // On Linux the descriptor is closed whatever close() says; after EINTR nothing was lost.
  if (directory_.calls().close(fd) != 0 && errno != EINTR) return failed("close", temporary_, errno);
  if (place() != 0) return failed("rename to", name_, errno);
  temporary_.clear();
  committed_ = true;
  if (sync(directory_.fd()) != 0 && errno != EINVAL && errno != ENOTSUP)
    return {errno, because("fsync " + directory_.path(), errno) + "; " + name_ +
                       " is in place, but may not survive a power loss"};
  return {};
}

}  // namespace looptape::dump
