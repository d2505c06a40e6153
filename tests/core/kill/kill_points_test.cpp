// SIGKILL at every named point of the recording path: between any two stores, what is left is whole and accounted for.
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
  bool inside;  // a write has begun and is not published; the check of the point shows it in the region
  std::int64_t most;
};

constexpr Where kWhere[] = {
    {Point::kRecordHalfWritten, "record half written", true, 120'000},
    {Point::kRecordUncommitted, "record not committed", true, 120'000},
    {Point::kRecordCommitted, "record committed", false, 120'000},  // a stage's: not popped
    {Point::kStagePushedMeta, "stage half pushed", true, 30'000},
    {Point::kStagePushed, "stage pushed", false, 30'000},
    {Point::kChunkClosed, "chunk closed", true, 120},
    {Point::kChunkPushed, "chunk queued", true, 120},
    {Point::kChunkQueued, "no chunk in the slot", true, 120},
    {Point::kChunkTaken, "next chunk taken", true, 120},
    {Point::kChunkCharged, "its records charged", true, 120},
    {Point::kChunkOdd, "chunk odd", true, 120},
    {Point::kChunkKeyframe, "keyframe written", true, 120},
    {Point::kChunkEven, "chunk even, not in the slot", true, 120},
    {Point::kFlightFilled, "request filled in", true, 1'000},
    {Point::kFlightPublished, "request published", false, 1'000},
    {Point::kNameWritten, "name not published", true, 300},
};
static_assert(std::size(kWhere) == static_cast<std::size_t>(Point::kCount), "every point has its kills");

struct Sum {
  unsigned kills = 0, inside = 0, turned_over = 0;
  std::uint64_t acknowledged = 0, read = 0, overwritten = 0;
  void add(const KillResult& result, bool is_inside) {
    ++kills;
    inside += is_inside;
    turned_over += result.turned_over;
    acknowledged += result.acknowledged;
    read += result.read;
    overwritten += result.overwritten;
  }
};

// A point that is not passed so often leaves the child running to its end: that is a failure of kill_once.
void kill_many(unsigned for_each, bool held) {
  TemporaryDirectory directory;
  std::mt19937_64 random(held ? 20240503 : 20240502);
  const auto up_to = [&](std::int64_t most) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most));
  };
  Sum all;
  for (const Where& where : kWhere) {
    Sum here;
    for (unsigned i = 0; i < for_each; ++i) {
      KillPlan plan;
      plan.point = where.point;
      plan.passing = 1 + up_to(i % 3 == 0 ? where.most / 8 : where.most);  // often before the ring turns over
      if (held) plan.held_for = up_to(i % 3 == 0 ? 500 : 30'000);          // the ring turns over once in 15 000
      const KillResult result = kill_once(plan, directory.path());
      INFO(where.name << ", passing " << plan.passing << ", held for " << plan.held_for.value_or(0) << ", acknowledged "
                      << result.acknowledged << ", read " << result.read << ", overwritten " << result.overwritten);
      REQUIRE(result.problem == "");
      // A name is written to the process's own table before it is written to the region.
      const bool inside = where.inside && (where.point != Point::kNameWritten || result.inside_a_write);
      here.add(result, inside);
      all.add(result, inside);
    }
    std::printf("%8u %-28s inside a write: %u, after the ring had turned: %u\n", here.kills, where.name, here.inside,
                here.turned_over);
    CHECK(here.kills == for_each);
  }
  std::printf(
      "%s at named points: %u at %zu points; inside a write: %u; after the ring had turned: %u; records "
      "acknowledged %llu, read %llu, overwritten %llu\n",
      held ? "held, then killed" : "killed", all.kills, std::size(kWhere), all.inside, all.turned_over,
      static_cast<unsigned long long>(all.acknowledged), static_cast<unsigned long long>(all.read),
      static_cast<unsigned long long>(all.overwritten));
  CHECK(all.turned_over > 0);
}

}  // namespace

TEST_CASE("killed at each named point, a recording is whole: a few") { kill_many(3, false); }

TEST_CASE("killed while one thread is held at a named point: a few") { kill_many(2, true); }

TEST_CASE("killed at each named point, a recording is whole: 528", "[slow]") { kill_many(33, false); }

TEST_CASE("killed while one thread is held at a named point: 192", "[slow]") { kill_many(12, true); }
