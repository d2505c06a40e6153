// Which triggers become dumps: delay, cooldown, and every other one counted.
#include "dump/trigger_policy.h"

#include <catch2/catch.hpp>

using namespace looptape;
using namespace looptape::dump;
using core::TriggerKind;
using Verdict = TriggerPolicy::Verdict;

namespace {
constexpr std::uint64_t kMs = 1'000'000;
core::TriggerPost post(TriggerKind kind, std::uint64_t request = 0) {
  core::TriggerPost made;
  made.kind = kind;
  made.request = request;
  return made;
}
}  // namespace

TEST_CASE("a trigger becomes a dump once its delay is past, and once only") {
  TriggerPolicy policy({200 * kMs, 1000 * kMs});
  CHECK_FALSE(policy.next_due());
  CHECK(policy.offer(post(TriggerKind::kSlowRequest, 7), 5 * kMs) == Verdict::kScheduled);
  CHECK(policy.next_due() == 205 * kMs);
  CHECK_FALSE(policy.take_due(205 * kMs - 1));
  const auto due = policy.take_due(205 * kMs);
  REQUIRE(due);
  CHECK(due->trigger.request == 7);
  CHECK_FALSE(policy.take_due(10'000 * kMs));
  CHECK_FALSE(policy.next_due());
}

TEST_CASE("triggers during the delay join the dump that is due, and are counted") {
  TriggerPolicy policy({200 * kMs, 0});
  policy.offer(post(TriggerKind::kSignal, 1), 0);
  CHECK(policy.offer(post(TriggerKind::kSlowRequest, 2), 1) == Verdict::kJoined);
  CHECK(policy.seen(TriggerKind::kSlowRequest) == 1);
  CHECK(policy.suppressed(TriggerKind::kSlowRequest) == 1);
  CHECK(policy.suppressed(TriggerKind::kSignal) == 0);
  CHECK(policy.take_due(200 * kMs)->trigger.request == 1);
}

TEST_CASE("the cooldown counts from the trigger of the last dump") {
  TriggerPolicy policy({10 * kMs, 100 * kMs});
  policy.offer(post(TriggerKind::kCall), 50 * kMs);
  REQUIRE(policy.take_due(60 * kMs));
  CHECK(policy.offer(post(TriggerKind::kCall), 150 * kMs - 1) == Verdict::kSuppressed);
  CHECK_FALSE(policy.next_due());
  CHECK(policy.offer(post(TriggerKind::kCall), 150 * kMs) == Verdict::kScheduled);
}

TEST_CASE("triggers that are heard late count from when they fired, in whatever order they are heard") {
  TriggerPolicy policy({200 * kMs, 100 * kMs});
  policy.offer(post(TriggerKind::kCall), 5000 * kMs);
  REQUIRE(policy.take_due(9000 * kMs));
  CHECK(policy.offer(post(TriggerKind::kCall), 4999 * kMs) == Verdict::kSuppressed);
  CHECK(policy.offer(post(TriggerKind::kCall), 5100 * kMs) == Verdict::kScheduled);
  CHECK(policy.next_due() == 5300 * kMs);
  CHECK(policy.take_due(9000 * kMs));
  TriggerPolicy none({200 * kMs, 0});
  none.offer(post(TriggerKind::kCall), 5000 * kMs);
  REQUIRE(none.take_due(9000 * kMs));
  CHECK(none.offer(post(TriggerKind::kCall), 4999 * kMs) == Verdict::kScheduled);
}

TEST_CASE("a storm of ten thousand in a second is one dump for each cooldown, and the rest is counted") {
  TriggerPolicy policy({0, 100 * kMs});
  unsigned dumps = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const std::uint64_t now = i * kMs / 10;
    policy.offer(post(TriggerKind::kSlowRequest), now);
    dumps += policy.take_due(now).has_value();
  }
  CHECK(dumps == 10);
  CHECK(policy.seen(TriggerKind::kSlowRequest) == 10'000);
  CHECK(policy.suppressed(TriggerKind::kSlowRequest) == 10'000 - 10);
}

TEST_CASE("a kind that nobody knows does not write outside the counters") {
  TriggerPolicy policy({0, 0});
  policy.offer(post(static_cast<TriggerKind>(200)), 0);
  std::uint64_t seen = 0;
  for (std::size_t kind = 0; kind < core::kTriggerKinds; ++kind) seen += policy.seen(static_cast<TriggerKind>(kind));
  CHECK(seen == 1);
}
