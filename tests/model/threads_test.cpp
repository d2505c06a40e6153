// The production protocols between threads hold within the stated bounds (scenarios.h).
#include <catch2/catch.hpp>
#include <cstdio>

#include "tests/model/scenarios.h"

using namespace looptape::model;

namespace {

void require_holds(Outcome outcome) {
  std::printf("%llu executions\n", static_cast<unsigned long long>(outcome.executions));
  INFO("broke: " << (outcome.broken != nullptr ? outcome.broken : "nothing"));
  REQUIRE(outcome.broken == nullptr);
}

}  // namespace

TEST_CASE("the recording path: what a reader copies while chunks are filled and recycled is whole and adds up") {
  require_holds(written_while_read({}));
}
TEST_CASE("the recording path: a snapshot while chunks are filled has no hole") {
  require_holds(written_while_copied({}));
}
TEST_CASE("the recording path: a snapshot while chunks are recycled has no hole") {
  require_holds(recycled_while_copied({}));
}
TEST_CASE("the recording path: a snapshot while chunks are recycled has no hole, with more switches", "[slow]") {
  require_holds(recycled_while_copied_deep({}));
}
TEST_CASE("two threads that register one name get one id") { require_holds(two_threads_one_name({})); }
TEST_CASE("a name that is registered while a region is bound is shown in it") {
  require_holds(region_bound_meanwhile({}));
}
TEST_CASE("who sees a slot's state sees its tenant") { require_holds(tenant_of_a_slot({})); }
TEST_CASE("no living thread loses its slot") { require_holds(lease_that_is_looked_at({})); }
TEST_CASE("an engine that is found is whole") { require_holds(engine_just_announced({})); }
TEST_CASE("a process has one recorder at a time, and who starts the next has seen the last one stopped") {
  require_holds(recorders_place({}));
}
TEST_CASE("a writer that reopens while recording is paused is shut again") { require_holds(paused_meanwhile({})); }
TEST_CASE("a writer that reopens while recording is stopped is shut again") { require_holds(stopped_meanwhile({})); }
TEST_CASE("a recorder that gave up stays off, whoever resumes it") { require_holds(given_up_meanwhile({})); }
TEST_CASE("a stage that was ended elsewhere is open or finished, never neither") {
  require_holds(stage_ended_elsewhere({}));
}
TEST_CASE("a stage that is ended after its thread leaves the slot's next tenant alone") {
  require_holds(stage_ended_after_its_thread({}));
}
