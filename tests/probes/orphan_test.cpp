// Stages that outlive their threads, whose slots have new tenants.
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <thread>

#include "looptape/looptape.h"
#include "tests/probes/api_rows.h"

using namespace looptape;
using namespace looptape::dump::testing;
using core::Loss;

// The bug that was: the bit set for a stage of the last tenant took the next tenant's stage off its stack.
TEST_CASE("a stage that outlives its thread does not disturb the slot's next tenant") {
  RunningEngine engine([](core::EngineSettings& settings) { settings.region.max_threads = 2; });
  { Stage<"main"> stage; }  // this thread has one slot, the others share the second
  std::unique_ptr<Stage<"orphan">> orphan;
  std::thread([&] { orphan = std::make_unique<Stage<"orphan">>(); }).join();
  std::promise<void> open, ended;
  std::thread tenant([&] {
    Stage<"tenant"> stage;
    open.set_value();
    ended.get_future().wait();
    auto above = std::make_unique<Stage<"above">>();
    auto top = std::make_unique<Stage<"top">>();
    above.reset();  // out of order: its thread tidies its stack
    top.reset();
  });
  open.get_future().wait();
  orphan.reset();  // while the slot is the tenant's
  ended.set_value();
  tenant.join();
  const Rows rows = engine.rows();
  CHECK(rows.stage("orphan").stream == rows.stage("tenant").stream);
  CHECK(rows.stage("tenant").depth == 0);
  CHECK(rows.stage("above").depth == 1);
  CHECK(rows.stage("top").depth == 2);
  CHECK(engine.loss(Loss::kStageAbandoned) == 1);
  CHECK(rows.open.open_stages.empty());
}

// The bug that was: the tenant has the same writer, so its own stage was taken off the stack instead, and lost.
TEST_CASE(
    "a stage that outlives its thread may be ended by the slot's next tenant, whose own stages stay what they are") {
  RunningEngine engine([](core::EngineSettings& settings) { settings.region.max_threads = 2; });
  { Stage<"main"> stage; }
  std::unique_ptr<Stage<"orphan">> orphan;
  std::thread([&] { orphan = std::make_unique<Stage<"orphan">>(); }).join();
  std::thread([&] {
    Stage<"tenant"> stage;
    orphan->set<"number">(1);
    orphan->set<"text">("t");
    orphan.reset();
    stage.set<"own">(2);
    Stage<"inner"> inner;
  }).join();
  const Rows rows = engine.rows();
  const auto &ended = rows.stage("orphan"), &tenant = rows.stage("tenant");
  CHECK(ended.stream == tenant.stream);
  CHECK((ended.flags & core::kStageDetached) != 0);
  CHECK(rows.attributes_of(ended.stream, ended.start).size() == 2);
  CHECK(rows.attributes_of(tenant.stream, tenant.start).size() == 1);
  CHECK(tenant.attributes == 1);
  CHECK(tenant.depth == 0);
  CHECK(rows.stage("inner").depth == 1);
  CHECK(engine.loss(Loss::kStageEndedElsewhere) == 1);
  CHECK(rows.open.open_stages.empty());
}

// As above, but the bit is set while nobody holds the slot.
TEST_CASE("a stage that is ended after its thread does not disturb whoever leases the slot then") {
  RunningEngine engine([](core::EngineSettings& settings) { settings.region.max_threads = 2; });
  { Stage<"main"> stage; }
  std::unique_ptr<Stage<"orphan">> orphan;
  std::thread([&] { orphan = std::make_unique<Stage<"orphan">>(); }).join();
  orphan.reset();
  std::thread([&] {
    Stage<"tenant"> stage;
    auto above = std::make_unique<Stage<"above">>();
    auto top = std::make_unique<Stage<"top">>();
    above.reset();
    top.reset();
  }).join();
  const Rows rows = engine.rows();
  CHECK(rows.stage("tenant").depth == 0);
  CHECK(rows.stage("top").depth == 2);
}
