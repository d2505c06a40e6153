// SIGKILL at every named point of the recording path: between any two stores, what is left is whole.
#include <catch2/catch.hpp>
#include <cstdio>
#include <random>

#include "tests/core/kill/kill_run.h"
#include "tests/core/temporary_directory.h"

using namespace looptape::testing;
using looptape::core::Point;

namespace {

struct Where {
  Point point;
  const char* name;
  bool inside;  // a write has begun and is not published
  std::int64_t most;
};

constexpr Where kWhere[] = {
    {Point::kRecordHalfWritten, "record half written", true, 60'000},
    {Point::kRecordUncommitted, "record not committed", true, 60'000},
    {Point::kRecordCommitted, "record committed, stage not popped", true, 60'000},
    {Point::kStagePushedMeta, "stage half pushed", true, 20'000},
    {Point::kStagePushed, "stage pushed", false, 20'000},
    {Point::kChunkClosed, "chunk closed, not queued", true, 120},
    {Point::kChunkQueued, "chunk queued, none open", true, 120},
    {Point::kChunkOdd, "chunk odd", true, 120},
    {Point::kChunkKeyframe, "keyframe written", true, 120},
    {Point::kChunkEven, "chunk ready, not in the slot", true, 120},
    {Point::kFlightFilled, "request filled in", true, 1'000},
    {Point::kFlightPublished, "request published", false, 1'000},
    {Point::kNameWritten, "name not published", true, 150},
};
static_assert(std::size(kWhere) == static_cast<std::size_t>(Point::kCount), "every point has its kills");

void kill_many(unsigned for_each) {
  TemporaryDirectory directory;
  std::mt19937_64 random(20240502);
  unsigned kills = 0, inside = 0, wrapped = 0;
  for (const Where& where : kWhere)
    for (unsigned i = 0; i < for_each; ++i) {
      KillPlan plan;
      plan.point = where.point;
      plan.passing = 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(where.most));
      const KillResult result = kill_once(plan, directory.path());
      INFO(where.name << ", passing " << plan.passing << ", acknowledged " << result.acknowledged);
      REQUIRE(result.killed);
      REQUIRE(result.problem == "");
      ++kills;
      inside += where.inside;
      wrapped += result.wrapped;
    }
  std::printf("killed at named points: %u at %zu points; inside a write: %u; after the ring had turned: %u\n", kills,
              std::size(kWhere), inside, wrapped);
  CHECK(wrapped > 0);
}

}  // namespace

TEST_CASE("killed at each named point, a recording is whole: a few") { kill_many(3); }

TEST_CASE("killed at each named point, a recording is whole: 520", "[slow]") { kill_many(40); }
