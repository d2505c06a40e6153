// The k-th system call of a whole dump fails, or the process dies at it: memory for the copy, disk limits, the tape.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "dump/dump_writer.h"
#include "dump/recorder_thread.h"
#include "looptape/looptape.h"
#include "tests/core/failing_calls.h"
#include "tests/core/temporary_directory.h"
#include "tests/dump/decode/region_directory.h"
#include "tests/dump/faults/whole_tapes.h"
#include "tests/dump/snapshot/running_engine.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;
using looptape::testing::FailingCalls;
using looptape::testing::open_descriptors;

namespace {

constexpr std::uint64_t kStages = 2000;

void record_stages() {
  for (std::uint64_t i = 0; i < kStages; ++i) Stage<"stage"> stage;
}

// One dump by a recorder's thread of its own, whose memory is fresh, into `directory`.
DumpOutcome dump_with(core::Engine& engine, const std::string& directory, const FailingCalls::Plan& plan) {
  DumpWriter writer({.directory = directory, .max_bytes = 64 << 20, .max_files = 8});
  RecorderThread::Settings settings;
  settings.write = [&](const RegionCopy& copy, const Trigger& trigger) { return writer.write(copy, trigger); };
  RecorderThread thread(engine, settings);
  if (!thread.start()) return {"", "no thread", false};
  core::TriggerPost post;
  post.tick = engine.now();
  post.kind = core::TriggerKind::kCall;
  FailingCalls::arm(plan);
  DumpOutcome outcome = thread.dump_and_wait(post);
  FailingCalls::disarm();
  return outcome;
}

std::uint64_t failed_dumps(core::Engine& engine) { return engine.region.header(core::header::kDumpsFailed).load(); }

}  // namespace

TEST_CASE("whichever system call of a dump fails, its tape is whole or absent, and the next one is made") {
  RunningEngine engine;
  record_stages();
  const looptape::testing::TemporaryDirectory place;
  const std::string directory = place.path() + "/dumps";
  unsigned faults = 0, made = 0;
  for (const int error : {EIO, ENOSPC, ENOMEM, EDQUOT, EACCES, EINTR}) {
    for (unsigned at = 1;; ++at) {
      std::filesystem::remove_all(directory);
      const int before = open_descriptors();
      const std::uint64_t failed = failed_dumps(*engine);
      const DumpOutcome outcome = dump_with(*engine, directory, {.at = at, .error = error});
      if (!FailingCalls::struck()) break;
      INFO("call " << at << " (" << FailingCalls::what() << ") fails with " << std::strerror(error) << "; "
                   << outcome.error);
      ++faults;
      made += !outcome.path.empty();
      const WholeTapes found = whole_tapes(directory);
      CHECK(found.others.empty());
      CHECK(found.stages.size() == (outcome.path.empty() ? 0 : 1));
      for (const std::uint64_t stages : found.stages) CHECK(stages == kStages);
      if (outcome.path.empty()) CHECK_FALSE(outcome.error.empty());
      CHECK(failed_dumps(*engine) - failed == (outcome.path.empty() && !outcome.refused ? 1 : 0));
      CHECK(open_descriptors() == before);
      const DumpOutcome next = dump_with(*engine, directory, {});
      CHECK(next.error == "");
      CHECK(whole_tapes(directory).stages.size() == found.stages.size() + 1);
    }
  }
  std::printf("system calls of dumps failed in turn: %u; %u of the dumps were made all the same\n", faults, made);
  CHECK(faults > 60);
  CHECK(made > 0);
}

TEST_CASE("at whichever system call of a dump the process dies, its tape is whole or absent, and its region is kept") {
  unsigned deaths = 0, before_the_end = 0;
  for (const auto fault : {FailingCalls::Fault::kKillBefore, FailingCalls::Fault::kKillAfter}) {
    for (unsigned at = 1;; ++at) {
      RegionDirectory memory;
      const std::string directory = (memory.directory.path() / "dumps").string();
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        core::EngineSettings settings;
        settings.region.service = "victim";
        settings.region.directory = memory.directory.path().string();
        settings.region.budget_bytes = core::kMinRegionBytes;
        std::string problem;
        core::Engine* const engine = core::Engine::start(settings, &problem);
        if (engine == nullptr) ::_exit(2);
        record_stages();
        dump_with(*engine, directory, {.at = at, .fault = fault});
        engine->stop(true);
        ::_exit(0);
      }
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      if (!WIFSIGNALED(status)) {
        REQUIRE(WEXITSTATUS(status) == 0);
        break;
      }
      INFO("killed at call " << at);
      ++deaths;
      const WholeTapes left = whole_tapes(directory);
      before_the_end += left.stages.empty();
      CHECK(left.stages.size() <= 1);
      const Recovery recovery = recover_dead_regions({.search = memory.search()}, [&](auto& copy, auto& trigger) {
        return DumpWriter({.directory = directory}).write(copy, trigger);
      });
      REQUIRE(recovery.regions.size() == 1);
      CHECK(recovery.regions[0].result == RecoveryResult::kRecovered);
      const WholeTapes found = whole_tapes(directory);
      CHECK(found.stages.size() == left.stages.size() + 1);
      for (const std::uint64_t stages : found.stages) CHECK(stages == kStages);
      CHECK(std::filesystem::is_empty(memory.own));
    }
  }
  std::printf("killed at system calls of a dump: %u, of which %u before its tape had its name\n", deaths,
              before_the_end);
  CHECK(deaths > 20);
  CHECK(before_the_end < deaths);
}
