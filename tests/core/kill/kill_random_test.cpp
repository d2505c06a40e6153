// SIGKILL at random moments under full rate, production's own code: nothing torn, nothing acknowledged lost.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <random>

#include "tests/core/kill/kill_run.h"
#include "tests/core/temporary_directory.h"

using namespace looptape::testing;

namespace {

// Half of the moments lie before the ring turns over: there a record that is being written can be told from what was
// there before.
void kill_many(unsigned kills) {
  TemporaryDirectory directory;
  std::mt19937_64 random(20240501);
  unsigned calls = 0, writes = 0, telling = 0, turned_over = 0;
  std::uint64_t acknowledged = 0, read = 0, overwritten = 0;
  for (unsigned i = 0; i < kills; ++i) {
    KillPlan plan;
    plan.after = std::chrono::nanoseconds(1 + random() % (i % 2 == 0 ? 800'000 : 10'000'000));
    const KillResult result = kill_once(plan, directory.path());
    INFO("kill " << i << " after " << plan.after.count() << " ns, acknowledged " << result.acknowledged << ", read "
                 << result.read << ", overwritten " << result.overwritten);
    REQUIRE(result.problem == "");
    turned_over += result.turned_over;
    calls += result.inside_a_call;
    telling += result.could_tell;
    writes += result.could_tell && result.inside_a_write;
    acknowledged += result.acknowledged;
    read += result.read;
    overwritten += result.overwritten;
  }
  std::printf(
      "killed at random moments: %u; inside a call that records: %u; inside a write: %u of the %u where the region can "
      "tell; after the ring had turned: %u; records acknowledged %llu, read %llu, overwritten %llu\n",
      kills, calls, writes, telling, turned_over, static_cast<unsigned long long>(acknowledged),
      static_cast<unsigned long long>(read), static_cast<unsigned long long>(overwritten));
  CHECK(turned_over > 0);
  CHECK(telling > 0);
  CHECK(calls > 0);
  if (kills >= 500) CHECK(writes > 0);
}

}  // namespace

// Nothing is in hand, so nothing is left open by the rules: what the program is said to record is what it records.
TEST_CASE("killed while nobody records, everything is there or counted, to the record") {
  TemporaryDirectory directory;
  for (const std::uint64_t iterations : {1, 16, 1'000, 20'000}) {
    KillPlan plan;
    plan.iterations = iterations;
    const KillResult result = kill_once(plan, directory.path());
    INFO(iterations << " iterations of each thread");
    REQUIRE(result.problem == "");
    CHECK_FALSE(result.inside_a_call);
    CHECK(result.acknowledged == kThreads * records_through(position(iterations, Step::kEvent)));
    CHECK(result.acknowledged == result.read + result.overwritten);
    // An event is a thread's first record: its chunk is taken after the event's time was read, and serves all the same.
    if (iterations == 1) CHECK(result.chunks == kThreads);
    CHECK(result.turned_over == (iterations == 20'000));
  }
}

TEST_CASE("killed at random moments, a recording is whole: a few") { kill_many(30); }

TEST_CASE("killed at random moments, a recording is whole: 500", "[slow]") { kill_many(500); }
