// The file that LOOPTAPE_SETTINGS names: see settings_file.h.
#include "probes/settings_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "core/measure_text.h"
#include "core/setting_range.h"
#include "core/visible_text.h"
#include "probes/environment_names.h"

namespace looptape {
namespace {

constexpr const char* kRemedy = "; name a file of `name = value` lines, or unset it";

class Descriptor {
 public:
  // A FIFO that nobody writes to would keep the opener waiting.
  explicit Descriptor(const char* path) : fd_(::open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Up to one byte more than is allowed, by which it is seen; false: errno says why not.
bool read_some(int fd, std::string* text) {
  char piece[4096];
  while (text->size() <= kSettingsFileBytes) {
    const ssize_t n = ::read(fd, piece, sizeof piece);
    if (n == 0) return true;
    if (n > 0)
      text->append(piece, static_cast<std::size_t>(n));
    else if (errno != EINTR)
      return false;
  }
  return true;
}

}  // namespace

std::string read_settings_file(const char* path, std::string* text) {
  const std::string variable = core::variable_of(kSettingsFile), shown = *path != '\0' ? core::excerpt(path) : "''";
  const auto unreadable = [&] {
    const int error = errno;
    return variable + ": cannot read " + shown + ": " + std::strerror(error) + kRemedy;
  };
  const Descriptor file(path);
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return unreadable();
  if (!S_ISREG(status.st_mode)) return variable + ": " + shown + " is not a regular file" + kRemedy;
  text->clear();
  if (static_cast<std::uint64_t>(status.st_size) <= kSettingsFileBytes && !read_some(file.get(), text))
    return unreadable();
  // One that grows while it is read, too, and those of /proc, which claim to be empty.
  if (text->size() > kSettingsFileBytes || static_cast<std::uint64_t>(status.st_size) > kSettingsFileBytes)
    return variable + ": " + shown + " is larger than " + core::exact_bytes_text(kSettingsFileBytes) +
           ", the most that a file of settings may be" + kRemedy;
  if (text->find('\0') != std::string::npos) return variable + ": " + shown + " is not text" + kRemedy;
  return {};
}

}  // namespace looptape
