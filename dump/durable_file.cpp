// Whole or absent; see the header.
#include "dump/durable_file.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/disk_limits.h"
#include "core/measure_text.h"
#include "core/setting_range.h"

namespace looptape::dump {
namespace {

constexpr std::string_view kTemporarySuffix = ".part";
constexpr std::string_view kSuffix = ".tape";
constexpr std::size_t kMaxHost = 64, kMaxTrigger = 48;

std::string because(const std::string& what, int code) { return what + ": " + std::strerror(code); }

template <class Call>
int retried(Call call) {
  int result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

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

// ---- the directory -------------------------------------------------------------------------------------

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

// ---- the file ------------------------------------------------------------------------------------------

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

// ---- names ---------------------------------------------------------------------------------------------

namespace {

std::string plain(std::string_view text, std::size_t most, bool dash, const char* otherwise) {
  std::string result(text.substr(0, most));
  for (char& c : result) {
    const bool kept = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
                      c == '_' || c == '+' || (dash && c == '-');
    if (!kept) c = '_';
  }
  return result.empty() ? otherwise : result;
}

bool take_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// "20261124T033127Z"
bool take_time(std::string_view text, std::int64_t& seconds) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return false;
  std::uint64_t date = 0, clock = 0;
  if (!take_number(text.substr(0, 8), date) || !take_number(text.substr(9, 6), clock)) return false;
  struct tm parts = {};
  parts.tm_year = static_cast<int>(date / 10000) - 1900;
  parts.tm_mon = static_cast<int>(date / 100 % 100) - 1;
  parts.tm_mday = static_cast<int>(date % 100);
  parts.tm_hour = static_cast<int>(clock / 10000);
  parts.tm_min = static_cast<int>(clock / 100 % 100);
  parts.tm_sec = static_cast<int>(clock % 100);
  seconds = timegm(&parts);
  return true;
}

}  // namespace

std::string tape_file_name(const TapeName& name) {
  const time_t time = static_cast<time_t>(std::clamp<std::int64_t>(name.seconds, 0, 253402300799));
  struct tm parts = {};
  gmtime_r(&time, &parts);
  std::array<char, 32> utc;
  strftime(utc.data(), utc.size(), "%Y%m%dT%H%M%SZ", &parts);
  return std::string(utc.data()) + "-" + plain(name.host, kMaxHost, true, "unknown") + "-" + std::to_string(name.pid) +
         "-" + std::to_string(name.n) + "-" + plain(name.trigger, kMaxTrigger, false, "none") + std::string(kSuffix);
}

std::optional<TapeName> parse_tape_file_name(std::string_view text) {
  if (!text.ends_with(kSuffix)) return {};
  text.remove_suffix(kSuffix.size());
  // From the right: only the host may have dashes of its own.
  TapeName name;
  std::array<std::string_view, 3> last;  // trigger, n, pid
  for (std::string_view& part : last) {
    const std::size_t dash = text.rfind('-');
    if (dash == std::string_view::npos) return {};
    part = text.substr(dash + 1);
    text = text.substr(0, dash);
  }
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || !take_time(text.substr(0, dash), name.seconds)) return {};
  name.host = text.substr(dash + 1);
  name.trigger = last[0];
  if (!take_number(last[1], name.n) || !take_number(last[2], name.pid)) return {};
  if (name.host.empty() || name.trigger.empty()) return {};
  return name;
}

std::optional<TapeName> parse_temporary_name(std::string_view text) {
  if (!text.ends_with(kTemporarySuffix)) return {};
  text.remove_suffix(kTemporarySuffix.size());
  return parse_tape_file_name(text);
}

}  // namespace looptape::dump
