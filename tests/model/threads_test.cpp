// The production protocols between threads hold within the stated bounds (scenarios.h).
#include <catch2/catch.hpp>

#include "tests/model/scenarios.h"
#include "tests/model/weakening.h"

using namespace looptape::model;

TEST_CASE("the recording path: what a reader copies while chunks are filled and recycled is whole and adds up") {
  require_holds(written_while_read({}), 2);
}
TEST_CASE("the recording path: a snapshot while chunks are filled has no hole") {
  require_holds(written_while_copied({}), 2);
}
TEST_CASE("the recording path: a snapshot while chunks are recycled has no hole") {
  require_holds(recycled_while_copied({}), 2);
}
TEST_CASE("the recording path: a snapshot while chunks are recycled has no hole, with more switches", "[slow]") {
  require_holds(recycled_while_copied_deep({}), 2);
}
TEST_CASE("two threads that register one name get one id") { require_holds(two_threads_one_name({}), 2); }
TEST_CASE("a name that is registered while a region is bound is shown in it") {
  require_holds(region_bound_meanwhile({}), 2);
}
TEST_CASE("who sees a slot's state sees its tenant") { require_holds(tenant_of_a_slot({}), 2); }
TEST_CASE("no living thread loses its slot") { require_holds(lease_that_is_looked_at({}), 2); }
TEST_CASE("an engine that is found is whole") { require_holds(engine_just_announced({}), 2); }
TEST_CASE("a process has one recorder at a time, and who starts the next has seen the last one stopped") {
  require_holds(recorders_place({}), 2);
}
TEST_CASE("a writer that reopens while recording is paused is shut again") { require_holds(paused_meanwhile({}), 2); }
TEST_CASE("a writer that reopens while recording is stopped is shut again") { require_holds(stopped_meanwhile({}), 2); }
TEST_CASE("a recorder that gave up stays off, whoever resumes it") { require_holds(given_up_meanwhile({}), 2); }
TEST_CASE("a stage that was ended elsewhere is open or finished, never neither") {
  require_holds(stage_ended_elsewhere({}), 2);
}
TEST_CASE("a stage that is ended after its thread leaves the slot's next tenant alone") {
  require_holds(stage_ended_after_its_thread({}), 2);
}
