// Wrapped system calls: see failing_calls.h.
#include "tests/core/failing_calls.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>

namespace looptape::testing {
namespace {

FailingCalls::Plan g_plan;
std::atomic<bool> g_armed{false};
std::atomic<unsigned> g_calls{0};
std::atomic<const char*> g_struck{nullptr};

thread_local bool t_dies_after = false;

}  // namespace

void FailingCalls::arm(const Plan& plan) {
  g_plan = plan;
  g_calls = 0;
  g_struck = nullptr;
  g_armed = true;
}

void FailingCalls::disarm() { g_armed = false; }
unsigned FailingCalls::calls() { return g_calls; }
bool FailingCalls::struck() { return g_struck != nullptr; }
const char* FailingCalls::what() { return struck() ? g_struck.load() : ""; }

bool FailingCalls::strike(const char* name) {
  if (!g_armed || ++g_calls != g_plan.at) return false;
  g_struck = name;
  if (g_plan.fault == Fault::kKillBefore) ::raise(SIGKILL);
  t_dies_after = g_plan.fault == Fault::kKillAfter;
  if (t_dies_after) return false;
  errno = g_plan.error;
  return true;
}

void FailingCalls::after() {
  if (t_dies_after) ::raise(SIGKILL);
}

int open_descriptors() {
  int found = 0;
  for (int fd = 0; fd < 256; ++fd) found += ::fcntl(fd, F_GETFD) >= 0;
  return found;
}

}  // namespace looptape::testing

using looptape::testing::FailingCalls;

#define LOOPTAPE_WRAP(result, name, failure, parameters, arguments) \
  extern "C" result __real_##name parameters;                       \
  extern "C" result __wrap_##name parameters;                       \
  extern "C" result __wrap_##name parameters {                      \
    if (FailingCalls::strike(#name)) return failure;                \
    const auto made = __real_##name arguments;                      \
    FailingCalls::after();                                          \
    return made;                                                    \
  }

LOOPTAPE_WRAP(int, mkdir, -1, (const char* path, mode_t mode), (path, mode))
LOOPTAPE_WRAP(int, chmod, -1, (const char* path, mode_t mode), (path, mode))
LOOPTAPE_WRAP(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
LOOPTAPE_WRAP(int, stat, -1, (const char* path, struct stat* info), (path, info))
LOOPTAPE_WRAP(int, lstat, -1, (const char* path, struct stat* info), (path, info))
LOOPTAPE_WRAP(int, fstat, -1, (int fd, struct stat* info), (fd, info))
LOOPTAPE_WRAP(int, fstatat, -1, (int fd, const char* path, struct stat* info, int flags), (fd, path, info, flags))
LOOPTAPE_WRAP(int, fstatvfs, -1, (int fd, struct statvfs* info), (fd, info))
LOOPTAPE_WRAP(int, posix_fallocate, errno, (int fd, off_t at, off_t bytes), (fd, at, bytes))
LOOPTAPE_WRAP(int, ftruncate, -1, (int fd, off_t bytes), (fd, bytes))
LOOPTAPE_WRAP(void*, mmap, MAP_FAILED, (void* at, size_t bytes, int access, int flags, int fd, off_t offset),
              (at, bytes, access, flags, fd, offset))
LOOPTAPE_WRAP(int, madvise, -1, (void* at, size_t bytes, int advice), (at, bytes, advice))
LOOPTAPE_WRAP(int, memfd_create, -1, (const char* name, unsigned flags), (name, flags))
LOOPTAPE_WRAP(ssize_t, getrandom, -1, (void* out, size_t bytes, unsigned flags), (out, bytes, flags))
LOOPTAPE_WRAP(ssize_t, read, -1, (int fd, void* out, size_t bytes), (fd, out, bytes))
LOOPTAPE_WRAP(ssize_t, pread, -1, (int fd, void* out, size_t bytes, off_t at), (fd, out, bytes, at))
LOOPTAPE_WRAP(ssize_t, write, -1, (int fd, const void* data, size_t bytes), (fd, data, bytes))
LOOPTAPE_WRAP(int, fsync, -1, (int fd), (fd))
LOOPTAPE_WRAP(int, getrlimit, -1, (__rlimit_resource_t which, struct rlimit* limit), (which, limit))
LOOPTAPE_WRAP(int, renameat2, -1, (int from_at, const char* from, int to_at, const char* to, unsigned flags),
              (from_at, from, to_at, to, flags))
LOOPTAPE_WRAP(int, link, -1, (const char* from, const char* to), (from, to))
LOOPTAPE_WRAP(int, linkat, -1, (int from_at, const char* from, int to_at, const char* to, int flags),
              (from_at, from, to_at, to, flags))
LOOPTAPE_WRAP(int, unlink, -1, (const char* path), (path))
LOOPTAPE_WRAP(int, unlinkat, -1, (int at, const char* path, int flags), (at, path, flags))
LOOPTAPE_WRAP(DIR*, fdopendir, nullptr, (int fd), (fd))
LOOPTAPE_WRAP(struct dirent*, readdir, nullptr, (DIR * stream), (stream))

extern "C" int __real_fcntl(int fd, int command, ...);
extern "C" int __wrap_fcntl(int fd, int command, ...);
extern "C" int __wrap_fcntl(int fd, int command, ...) {
  va_list more;
  va_start(more, command);
  void* const argument = va_arg(more, void*);
  va_end(more);
  if (FailingCalls::strike("fcntl")) return -1;
  const int made = __real_fcntl(fd, command, argument);
  FailingCalls::after();
  return made;
}

extern "C" int __real_open(const char* path, int flags, ...);
extern "C" int __wrap_open(const char* path, int flags, ...);
extern "C" int __wrap_open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if (FailingCalls::strike("open")) return -1;
  const int made = __real_open(path, flags, mode);
  FailingCalls::after();
  return made;
}

extern "C" int __real_openat(int at, const char* path, int flags, ...);
extern "C" int __wrap_openat(int at, const char* path, int flags, ...);
extern "C" int __wrap_openat(int at, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if (FailingCalls::strike("openat")) return -1;
  const int made = __real_openat(at, path, flags, mode);
  FailingCalls::after();
  return made;
}

// As Linux does it: the descriptor is closed also when the call fails.
extern "C" int __real_close(int fd);
extern "C" int __wrap_close(int fd);
extern "C" int __wrap_close(int fd) {
  const bool fails = FailingCalls::strike("close");
  const int error = errno;
  const int made = __real_close(fd);
  FailingCalls::after();
  if (!fails) return made;
  errno = error;
  return -1;
}
