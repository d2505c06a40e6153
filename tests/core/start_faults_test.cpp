// The k-th system call of a recording's start fails: it starts all the same or says why not, and leaves nothing behind.
//
// The calls are wrapped by the linker (tests/core/CMakeLists.txt names them).
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "core/engine.h"
#include "looptape/core/request.h"
#include "tests/core/temporary_directory.h"

using namespace looptape::core;
using looptape::testing::TemporaryDirectory;

namespace {

// Counts calls while armed; the chosen one fails.
struct Faults {
  bool armed = false;
  unsigned calls = 0, at = 0;  // at 0: none fails
  int error = 0;
  const char* what = "";

  bool strike(const char* name) {
    if (!armed || ++calls != at) return false;
    what = name;
    errno = error;
    return true;
  }
};
Faults g_faults;

}  // namespace

#define LOOPTAPE_WRAP(result, name, failure, parameters, arguments) \
  extern "C" result __real_##name parameters;                       \
  extern "C" result __wrap_##name parameters;                       \
  extern "C" result __wrap_##name parameters {                      \
    if (g_faults.strike(#name)) return failure;                     \
    return __real_##name arguments;                                 \
  }

LOOPTAPE_WRAP(int, mkdir, -1, (const char* path, mode_t mode), (path, mode))
LOOPTAPE_WRAP(int, chmod, -1, (const char* path, mode_t mode), (path, mode))
LOOPTAPE_WRAP(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
LOOPTAPE_WRAP(int, lstat, -1, (const char* path, struct stat* info), (path, info))
LOOPTAPE_WRAP(int, posix_fallocate, g_faults.error, (int fd, off_t at, off_t bytes), (fd, at, bytes))
LOOPTAPE_WRAP(int, ftruncate, -1, (int fd, off_t bytes), (fd, bytes))
LOOPTAPE_WRAP(void*, mmap, MAP_FAILED, (void* at, size_t bytes, int access, int flags, int fd, off_t offset),
              (at, bytes, access, flags, fd, offset))
LOOPTAPE_WRAP(int, madvise, -1, (void* at, size_t bytes, int advice), (at, bytes, advice))
LOOPTAPE_WRAP(int, memfd_create, -1, (const char* name, unsigned flags), (name, flags))
LOOPTAPE_WRAP(ssize_t, getrandom, -1, (void* out, size_t bytes, unsigned flags), (out, bytes, flags))
LOOPTAPE_WRAP(ssize_t, read, -1, (int fd, void* out, size_t bytes), (fd, out, bytes))
LOOPTAPE_WRAP(int, getrlimit, -1, (__rlimit_resource_t which, struct rlimit* limit), (which, limit))

extern "C" int __real_fcntl(int fd, int command, ...);
extern "C" int __wrap_fcntl(int fd, int command, ...);
extern "C" int __wrap_fcntl(int fd, int command, ...) {
  va_list more;
  va_start(more, command);
  void* const argument = va_arg(more, void*);
  va_end(more);
  if (g_faults.strike("fcntl")) return -1;
  return __real_fcntl(fd, command, argument);
}

extern "C" int __real_open(const char* path, int flags, ...);
extern "C" int __wrap_open(const char* path, int flags, ...);
extern "C" int __wrap_open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if (g_faults.strike("open")) return -1;
  return __real_open(path, flags, mode);
}

namespace {

EngineSettings settings_in(const TemporaryDirectory& directory) {
  EngineSettings settings;
  settings.region.service = "faults";
  settings.region.directory = directory.path();
  settings.region.budget_bytes = kMinRegionBytes;
  return settings;
}

int descriptors() {
  int found = 0;
  for (int fd = 0; fd < 256; ++fd) found += ::fcntl(fd, F_GETFD) >= 0;
  return found;
}

// Starts with the k-th call failing; returns how many calls there were.
unsigned start_with_fault(unsigned at, int error) {
  TemporaryDirectory directory;
  const int before = descriptors();
  std::string problem;
  g_faults = {true, 0, at, error, ""};
  Engine* const engine = Engine::start(settings_in(directory), &problem);
  g_faults.armed = false;
  INFO("call " << at << " (" << g_faults.what << ") fails with errno " << error << "; " << problem);
  if (engine == nullptr) {
    CHECK(problem != "");
    CHECK(directory.files().empty());
    CHECK(descriptors() == before);
    return g_faults.calls;
  }
  // It records, and a volatile region says that it is one.
  Writer* const writer = enter_record(16, engine->now());
  REQUIRE(writer != nullptr);
  CHECK(writer->chunk != nullptr);
  if (engine->region.is_volatile()) CHECK(problem.find("dies with the process") != std::string::npos);
  if (at == 0) CHECK(problem == "");
  engine->stop(true);
  CHECK(directory.files().empty());
  CHECK(descriptors() == before);
  return g_faults.calls;
}

}  // namespace

TEST_CASE("whichever system call fails at the start, it records or says why not, and nothing is left behind") {
  const unsigned calls = start_with_fault(0, 0);
  REQUIRE(calls > 15);
  unsigned faults = 0;
  for (const int error : {EIO, ENOSPC, ENOMEM, EACCES, EINTR, EDQUOT})
    for (unsigned at = 1; at <= calls + 4; ++at, ++faults) start_with_fault(at, error);  // a retry makes more calls
  std::printf("system calls of a start: %u; faults: %u\n", calls, faults);
}

TEST_CASE("a fault is noticed: without the mark's page there is no recording") {
  TemporaryDirectory directory;
  std::string problem;
  g_faults = {true, 0, 1, ENOMEM, ""};
  CHECK(Engine::start(settings_in(directory), &problem) == nullptr);
  g_faults.armed = false;
  CHECK(std::string(g_faults.what) == "mmap");
}
