// The k-th system call of a recording's start fails: it starts all the same or says why not, and leaves nothing behind.
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdio>
#include <string>

#include "core/engine.h"
#include "looptape/core/request.h"
#include "tests/core/failing_calls.h"
#include "tests/core/temporary_directory.h"

using namespace looptape::core;
using looptape::testing::FailingCalls;
using looptape::testing::open_descriptors;
using looptape::testing::TemporaryDirectory;

namespace {

EngineSettings settings_in(const TemporaryDirectory& directory) {
  EngineSettings settings;
  settings.region.service = "faults";
  settings.region.directory = directory.path();
  settings.region.budget_bytes = kMinRegionBytes;
  return settings;
}

// Starts with the k-th call failing; returns how many calls there were.
unsigned start_with_fault(unsigned at, int error) {
  TemporaryDirectory directory;
  const int before = open_descriptors();
  std::string problem;
  FailingCalls::arm({.at = at, .error = error});
  Engine* const engine = Engine::start(settings_in(directory), &problem);
  FailingCalls::disarm();
  INFO("call " << at << " (" << FailingCalls::what() << ") fails with errno " << error << "; " << problem);
  if (engine == nullptr) {
    CHECK(problem != "");
    CHECK(directory.files().empty());
    CHECK(open_descriptors() == before);
    return FailingCalls::calls();
  }
  // It records, and a volatile region says that it is one.
  event_slow(record_head(RecordType::kEvent, 0, engine->own.unnamed_request, 0), 1);
  CHECK(t_writer->epoch == engine->epoch);
  CHECK(t_writer->chunk != nullptr);
  if (engine->region.is_volatile()) CHECK(problem.find("dies with the process") != std::string::npos);
  if (at == 0) CHECK(problem == "");
  engine->stop(true);
  CHECK(directory.files().empty());
  CHECK(open_descriptors() == before);
  return FailingCalls::calls();
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
  FailingCalls::arm({.at = 1, .error = ENOMEM});
  CHECK(Engine::start(settings_in(directory), &problem) == nullptr);
  FailingCalls::disarm();
  CHECK(std::string(FailingCalls::what()) == "mmap");
}
