// The kill test bites: each rule of the protocols that is broken on purpose is found.
#include <catch2/catch.hpp>
#include <cstdio>

#include "tests/core/kill/kill_run.h"
#include "tests/core/temporary_directory.h"

using namespace looptape::testing;
using looptape::core::Engine;
using looptape::core::KillingMemory;
using looptape::core::Point;
using looptape::core::SeededFault;

namespace {

constexpr unsigned kMostKills = 20;

// Kills at the point, each time some passings later, until the fault is found.
void find(const char* name, const std::function<void(Engine&)>& prepare, Point point, std::int64_t first) {
  TemporaryDirectory directory;
  for (unsigned i = 0; i < kMostKills; ++i) {
    KillPlan plan;
    plan.point = point;
    plan.passing = first + i;
    plan.prepare = prepare;
    const KillResult result = kill_once(plan, directory.path());
    if (result.problem.empty()) continue;
    std::printf("  %-26s found at kill %u: %s\n", name, i + 1, result.problem.c_str());
    CHECK(result.problem.find("it was not killed") == std::string::npos);
    return;
  }
  FAIL("not found: " << name);
}

void find(const char* name, SeededFault fault, Point point, std::int64_t first) {
  find(
      name, [=](Engine&) { KillingMemory::fault = fault; }, point, first);
}

// Passings after which the ring has surely turned over: of a chunk switch, of a stage's begin.
constexpr std::int64_t kSwitches = 100, kStages = 40'000;

}  // namespace

TEST_CASE("without a seeded fault nothing is found where the seeded ones are") {
  TemporaryDirectory directory;
  for (const Point point : {Point::kRecordCommitted, Point::kStagePushedMeta, Point::kRecordUncommitted,
                            Point::kStagePushed, Point::kFlightPublished, Point::kChunkKeyframe, Point::kChunkEven})
    for (unsigned i = 0; i < 3; ++i) {
      KillPlan plan;
      plan.point = point;
      plan.passing = 1 + i;
      CHECK(kill_once(plan, directory.path()).problem == "");
    }
}

TEST_CASE("a length that is published before its record's words is found") {
  find("commit before words", SeededFault::kCommitBeforeWords, Point::kRecordCommitted, 1);
}
TEST_CASE("a length that is published with the next record only is found") {
  find("commit late", SeededFault::kCommitLate, Point::kStagePushedMeta, 2);
}
TEST_CASE("a stage that leaves the stack before its record is published is found") {
  find("pop before commit", SeededFault::kPopBeforeCommit, Point::kRecordUncommitted, 4);
}
TEST_CASE("a chunk that is recycled without an odd generation is found") {
  find("no odd mark", SeededFault::kNoOddMark, Point::kChunkKeyframe, kSwitches);
}
TEST_CASE("a generation that is even before the keyframe is written is found") {
  find("even before keyframe", SeededFault::kEvenBeforeKeyframe, Point::kChunkEven, kSwitches);
}
TEST_CASE("an overwritten record that is not counted is found") {
  find("overwritten, not counted", SeededFault::kOverwrittenUncounted, Point::kStagePushed, kStages);
}
TEST_CASE("a keyframe that counts a record too few is found") {
  find("keyframe one behind", SeededFault::kKeyframeBehind, Point::kStagePushed, kStages);
}
TEST_CASE("a stage on the stack before it is said whose it is, is found") {
  find("start before meta", SeededFault::kMetaAfterStart, Point::kStagePushed, 1);
}
TEST_CASE("a request that is listed before its words are written is found") {
  find("listed before its words", SeededFault::kFlightBeforeWords, Point::kFlightPublished, 1);
}
TEST_CASE("a reserve that is used without a snapshot is found") {
  find(
      "reserve used", [](Engine& engine) { engine.pool->begin_snapshot(); }, Point::kStagePushed, kStages);
}
TEST_CASE("a chunk that nobody has is found") {
  find(
      "chunk lost", [](Engine& engine) { engine.pool->take(); }, Point::kStagePushed, kStages);
}
