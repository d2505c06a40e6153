// Which process this is: see process_identity.h.
#include "core/process_identity.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace looptape::core {
namespace {

// Reads at most `size` − 1 bytes of a small file; returns the count.
std::size_t read_small_file(const char* path, char* out, std::size_t size) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  std::size_t have = 0;
  while (have + 1 < size) {
    const ssize_t n = ::read(fd, out + have, size - 1 - have);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    have += static_cast<std::size_t>(n);
  }
  ::close(fd);
  out[have] = '\0';
  return have;
}

}  // namespace

std::uint64_t process_start_time(std::uint64_t pid) {
  char path[64], text[1024];
  std::snprintf(path, sizeof path, "/proc/%llu/stat", static_cast<unsigned long long>(pid));
  if (read_small_file(path, text, sizeof text) == 0) return 0;
  // The command name in parentheses may hold anything; the fields start after its last ')'.
  const char* at = std::strrchr(text, ')');
  if (at == nullptr) return 0;
  ++at;
  for (int field = 3; field < 22; ++field) {
    at = std::strchr(at + 1, ' ');
    if (at == nullptr) return 0;
  }
  return std::strtoull(at + 1, nullptr, 10);
}

std::array<std::uint64_t, 2> boot_id() {
  char text[64];
  const std::size_t n = read_small_file("/proc/sys/kernel/random/boot_id", text, sizeof text);
  std::array<std::uint64_t, 2> id{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < n && digits < 32; ++i) {
    const char c = text[i];
    unsigned value;
    if (c >= '0' && c <= '9') {
      value = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = static_cast<unsigned>(c - 'a') + 10;
    } else {
      continue;
    }
    id[digits / 16] = id[digits / 16] << 4 | value;
    ++digits;
  }
  return id;
}

std::uint64_t pid_namespace() {
  struct stat info {};
  return ::stat("/proc/self/ns/pid", &info) == 0 ? info.st_ino : 0;
}

bool random_words(std::uint64_t* words, std::size_t count) {
  auto* bytes = reinterpret_cast<char*>(words);
  std::size_t have = 0;
  while (have < count * sizeof *words) {
    const ssize_t n = ::getrandom(bytes + have, count * sizeof *words - have, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    have += static_cast<std::size_t>(n);
  }
  if (have == count * sizeof *words) return true;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  for (std::size_t i = 0; i < count; ++i)
    words[i] =
        static_cast<std::uint64_t>(now.tv_nsec) * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(::getpid()) + i;
  return false;
}

}  // namespace looptape::core
