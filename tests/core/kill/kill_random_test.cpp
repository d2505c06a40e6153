// SIGKILL at random moments under full rate, production's own code: nothing torn, nothing acknowledged lost.
#include <catch2/catch.hpp>
#include <cstdio>
#include <random>

#include "tests/core/kill/kill_run.h"
#include "tests/core/temporary_directory.h"

using namespace looptape::testing;

namespace {

// Half of the moments lie before the ring turns over: there "inside a write" can be told.
void kill_many(unsigned kills) {
  TemporaryDirectory directory;
  std::mt19937_64 random(20240501);
  unsigned inside = 0, telling = 0, wrapped = 0;
  for (unsigned i = 0; i < kills; ++i) {
    KillPlan plan;
    plan.at_acknowledged = random() % (i % 2 == 0 ? 3'000 : 30'000);
    const KillResult result = kill_once(plan, directory.path());
    INFO("kill " << i << " at " << plan.at_acknowledged << " acknowledged of " << result.acknowledged);
    REQUIRE(result.killed);
    REQUIRE(result.problem == "");
    wrapped += result.wrapped;
    telling += !result.wrapped;
    inside += !result.wrapped && result.inside_a_write;
  }
  std::printf(
      "killed at random moments: %u; inside a write: %u of the %u where it can be told; after the ring had turned: "
      "%u\n",
      kills, inside, telling, wrapped);
  CHECK(wrapped > 0);
  CHECK(telling > 0);
  if (kills >= 500) CHECK(inside > 0);
}

}  // namespace

TEST_CASE("killed at random moments, a recording is whole: a few") { kill_many(30); }

TEST_CASE("killed at random moments, a recording is whole: 500", "[slow]") { kill_many(500); }
