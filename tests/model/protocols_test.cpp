// The production protocols hold in everything a reader may observe within the stated bounds (scenarios.h).
#include <catch2/catch.hpp>
#include <cstdio>

#include "tests/model/scenarios.h"

using namespace looptape::model;

namespace {

void require_holds(Outcome outcome) {
  std::printf("%llu executions\n", static_cast<unsigned long long>(outcome.executions));
  INFO("broke: " << (outcome.broken != nullptr ? outcome.broken : "nothing"));
  REQUIRE(outcome.broken == nullptr);
  REQUIRE(outcome.executions > 1);  // the reader had something to choose from
}

}  // namespace

TEST_CASE("a chunk read while it is recycled is of one life, in every word of the keyframe") {
  require_holds(two_lives_all_words({}));
}
TEST_CASE("a chunk read over several lives is of one life and ends after a whole record") {
  require_holds(three_lives({}));
}
TEST_CASE("read, overwritten and rejected records add up to the written ones") { require_holds(accounting({})); }
TEST_CASE("a slot points to a chunk that is ready") { require_holds(slot_points_to_chunk({})); }
TEST_CASE("an open stage is never paired with another stage's meta") { require_holds(open_stages({})); }
TEST_CASE("a stage whose begin was visible is open or finished, never neither") { require_holds(open_or_finished({})); }
TEST_CASE("an in-flight entry never mixes two requests") { require_holds(requests_in_flight({})); }
TEST_CASE("a name that is there is whole") { require_holds(one_name({})); }
TEST_CASE("who sees a record finds its name, though another thread's call site registered it") {
  require_holds(name_of_anothers_site({}));
}
TEST_CASE("who sees a record finds its name, though another thread is still registering it") {
  require_holds(name_found_half_registered({}));
}
TEST_CASE("the words of a clock anchor belong together") { require_holds(anchors({})); }
