// The k-th allocation of a recorder's start fails: std::bad_alloc, and nothing is left behind.
//
// A program of its own: it replaces operator new.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "looptape/looptape.h"
#include "tests/core/failing_calls.h"
#include "tests/core/temporary_directory.h"

using namespace looptape;
using looptape::testing::open_descriptors;
using looptape::testing::TemporaryDirectory;

namespace {

// Allocations of this thread until one fails; 0: none does.
thread_local unsigned t_left = 0;
thread_local bool t_struck = false;

void* allocate(std::size_t bytes) {
  if (t_left != 0 && --t_left == 0) {
    t_struck = true;
    return nullptr;
  }
  return std::malloc(bytes != 0 ? bytes : 1);
}

void* allocate_or_throw(std::size_t bytes) {
  if (void* const memory = allocate(bytes)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate_or_throw(bytes); }
void* operator new[](std::size_t bytes) { return allocate_or_throw(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

Settings settings_in(const TemporaryDirectory& directory) {
  Settings settings;
  settings.service = "memory";
  settings.directory = directory.path() + "/tapes";
  settings.region_directory = directory.path();
  settings.budget_bytes = 4 << 20;
  return settings;
}

std::size_t regions_in(const TemporaryDirectory& directory) {
  std::size_t regions = 0;
  for (const std::string& file : directory.files()) regions += file.find("/tapes/") == std::string::npos;
  return regions;
}

// Runs `start` with the `at`-th allocation failing; what is thrown of that is caught.
template <class Start>
void start_with_fault(unsigned at, const Start& start) {
  t_struck = false;
  t_left = at;
  try {
    start();
  } catch (const std::bad_alloc&) {
  }
  t_left = 0;
}

}  // namespace

TEST_CASE("whichever allocation of a recorder's start fails, nothing is left behind and the next one records") {
  const TemporaryDirectory directory;
  { const Recorder first(settings_in(directory)); }  // what is made once in a process
  unsigned failed = 0;
  for (;; ++failed) {
    const int before = open_descriptors();
    INFO("allocation " << failed + 1);
    start_with_fault(failed + 1, [&] { const Recorder recorder(settings_in(directory)); });
    if (!t_struck) break;
    REQUIRE(regions_in(directory) == 0);
    REQUIRE(open_descriptors() == before);
    const Recorder next(settings_in(directory));
    INFO(next.problem());
    REQUIRE(next.recording());
  }
  std::printf("allocations failed in turn: %u\n", failed);
  CHECK(failed > 20);
}

TEST_CASE("whichever allocation of a restart in a forked child fails, the child records or leaves nothing behind") {
  const TemporaryDirectory directory;
  auto recorder = std::make_unique<Recorder>(settings_in(directory));
  REQUIRE(regions_in(directory) == 1);
  enum Outcome { kNothingFailed, kFailed, kWrong };
  unsigned failed = 0;
  for (int outcome = kFailed; outcome == kFailed; ++failed) {
    INFO("allocation " << failed + 1);
    const pid_t child = ::fork();
    if (child == 0) {
      start_with_fault(failed + 1, [&] { recorder->restart(); });
      const std::size_t regions = recorder->recording() ? 2 : 1;
      bool right = regions_in(directory) == regions;
      recorder.reset();
      right = right && regions_in(directory) == 1;
      ::_exit(!right ? kWrong : t_struck ? kFailed : kNothingFailed);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    outcome = WEXITSTATUS(status);
    REQUIRE(outcome != kWrong);
  }
  std::printf("allocations failed in turn: %u\n", failed);
  CHECK(failed > 20);
}
