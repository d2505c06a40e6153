// The production protocols hold in everything a reader may observe within the stated bounds (scenarios.h).
#include <catch2/catch.hpp>

#include "tests/model/scenarios.h"
#include "tests/model/weakening.h"

using namespace looptape::model;

TEST_CASE("a chunk read while it is recycled is of one life, in every word of the keyframe") {
  require_holds(two_lives_all_words({}), 2);
}
TEST_CASE("a chunk read over several lives is of one life and ends after a whole record") {
  require_holds(three_lives({}), 2);
}
TEST_CASE("read, overwritten and rejected records add up to the written ones") { require_holds(accounting({}), 2); }
TEST_CASE("a slot points to a chunk that is ready") { require_holds(slot_points_to_chunk({}), 2); }
TEST_CASE("an open stage is never paired with another stage's meta") { require_holds(open_stages({}), 2); }
TEST_CASE("a stage whose begin was visible is open or finished, never neither") {
  require_holds(open_or_finished({}), 2);
}
TEST_CASE("an in-flight entry never mixes two requests") { require_holds(requests_in_flight({}), 2); }
TEST_CASE("a name that is there is whole") { require_holds(one_name({}), 2); }
TEST_CASE("who sees a record finds its name, though another thread's call site registered it") {
  require_holds(name_of_anothers_site({}), 2);
}
TEST_CASE("who sees a record finds its name, though another thread is still registering it") {
  require_holds(name_found_half_registered({}), 2);
}
TEST_CASE("the words of a clock anchor belong together") { require_holds(anchors({}), 2); }
