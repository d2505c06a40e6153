// The k-th system call of a recovery fails, or the recoverer dies at it: nothing that a dead process left is lost, and
// nothing of a living one is touched.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "dump/dump_writer.h"
#include "dump/recover.h"
#include "tests/core/failing_calls.h"
#include "tests/dump/decode/region_directory.h"
#include "tests/dump/faults/whole_tapes.h"
#include "tests/dump/snapshot/running_engine.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;
using looptape::testing::FailingCalls;
using looptape::testing::open_descriptors;

namespace {

// A region that a dead process left, and a directory for its dump.
struct DeadRegion : RegionDirectory {
  DeadRegion() : region(put_dead("answers")), dumps((directory.path() / "dumps").string()) {}
  Recovery recover() const {
    return recover_dead_regions({.search = search()}, [this](const RegionCopy& copy, const Trigger& trigger) {
      return DumpWriter({.directory = dumps}).write(copy, trigger);
    });
  }
  bool is_there() const { return std::filesystem::exists(region); }

  const std::string region, dumps;
};

// What holds after anything: the region is there or has become a whole dump; a second recovery makes it one.
void check_nothing_is_lost(const DeadRegion& dead) {
  const WholeTapes made = whole_tapes(dead.dumps);
  CHECK(made.stages.size() + dead.is_there() >= 1);
  CHECK(made.stages.size() <= 1);
  dead.recover();
  CHECK_FALSE(dead.is_there());
  const WholeTapes found = whole_tapes(dead.dumps);
  CHECK(found.stages.size() >= 1);
  for (const std::uint64_t stages : found.stages) CHECK(stages == 1);
}

}  // namespace

TEST_CASE("whichever system call of a recovery fails, the region stays or its dump is whole") {
  unsigned faults = 0, stayed = 0;
  for (const int error : {EIO, ENOSPC, ENOMEM, EACCES, EINTR}) {
    for (unsigned at = 1;; ++at) {
      const DeadRegion dead;
      const int before = open_descriptors();
      FailingCalls::arm({.at = at, .error = error});
      const Recovery recovery = dead.recover();
      FailingCalls::disarm();
      if (!FailingCalls::struck()) break;
      INFO("call " << at << " (" << FailingCalls::what() << ") fails with " << std::strerror(error));
      ++faults;
      CHECK(open_descriptors() == before);
      for (const RegionRecovery& one : recovery.regions) {
        INFO(one.error);
        if (one.result == RecoveryResult::kRecovered) {
          CHECK(std::filesystem::exists(one.dump));
          if (dead.is_there()) CHECK(one.error.find("cannot be removed") != std::string::npos);
        } else if (one.result == RecoveryResult::kFailed) {
          CHECK_FALSE(one.error.empty());
          CHECK(dead.is_there());
        }
      }
      stayed += dead.is_there();
      CHECK(recovery.removed.empty());
      CHECK(whole_tapes(dead.dumps).others.empty());
      check_nothing_is_lost(dead);
    }
  }
  std::printf("system calls of recoveries failed in turn: %u; the region stayed in %u\n", faults, stayed);
  CHECK(faults > 60);
  CHECK(stayed > 0);
}

TEST_CASE("whichever system call of a recovery fails, a region that is being recorded into is not touched") {
  RunningEngine engine;
  const std::string region = engine.region_path();
  RegionSearch search;
  search.shared_memory = std::filesystem::path(region).parent_path().parent_path();
  search.volatile_ones = false;
  unsigned faults = 0, dumps = 0;
  const auto count = [&](const RegionCopy&, const Trigger&) {
    ++dumps;
    return DumpOutcome{"dump.tape", "", false};
  };
  for (const int error : {EIO, ENOENT, EACCES, EINTR, ENOLCK}) {
    for (unsigned at = 1;; ++at) {
      FailingCalls::arm({.at = at, .error = error});
      recover_dead_regions({.search = search}, count);
      recover_region(region, count);
      FailingCalls::disarm();
      if (!FailingCalls::struck()) break;
      INFO("call " << at << " (" << FailingCalls::what() << ") fails with " << std::strerror(error));
      ++faults;
      REQUIRE(std::filesystem::exists(region));
      REQUIRE(dumps == 0);
    }
  }
  std::printf("system calls of recoveries beside a living recorder failed in turn: %u\n", faults);
  CHECK(faults > 30);
}

TEST_CASE("at whichever system call a recoverer dies, the region stays or its dump is whole") {
  unsigned deaths = 0, twice = 0;
  for (const auto fault : {FailingCalls::Fault::kKillBefore, FailingCalls::Fault::kKillAfter}) {
    for (unsigned at = 1;; ++at) {
      const DeadRegion dead;
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        FailingCalls::arm({.at = at, .fault = fault});
        dead.recover();
        ::_exit(0);
      }
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      if (!WIFSIGNALED(status)) break;
      INFO("killed at call " << at);
      ++deaths;
      twice += !whole_tapes(dead.dumps).stages.empty() && dead.is_there();
      check_nothing_is_lost(dead);
    }
  }
  std::printf("recoverers killed at system calls: %u; %u between the dump and the end of the region\n", deaths, twice);
  CHECK(deaths > 60);
  CHECK(twice > 0);
}
