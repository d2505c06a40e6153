// The decoder's rules for what other threads left of a stage, and for what was still open, each by a situation built by
// hand.
#include <catch2/catch.hpp>

#include "tests/dump/decode/recording_builder.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;
using core::RecordType;

TEST_CASE("a detached stage, what other threads set on it and its end meet") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100, .request = 5, .parent_start = 77, .parent_stream = 1})
      .attribute("at home", 1, 1)
      .detach({.name = "call", .depth = 1, .start = 102, .at = 110, .request = 5, .attributes = 1});
  recording.thread(1)
      .chunk({.base = 100})
      .attribute_elsewhere("away", 2, 0, 102)
      .finish_elsewhere({.name = "call",
                         .depth = 1,
                         .start = 102,
                         .end = 150,
                         .request = 5,
                         .origin = 0,
                         .attributes = 3,
                         .flags = core::kStageDetached});
  const Rows rows = decode(recording.copy());
  const auto& call = rows.stage("call");
  CHECK(call.stream == 0);
  CHECK(call.start == 102);
  CHECK(call.duration == 48);
  CHECK(call.recorded_by == 1);
  CHECK((call.in == Context{5, 77, 1}));
  CHECK(call.lost_attributes == 1);
  CHECK(rows.close.lost_attributes == 1);
  CHECK(rows.attributes_of(0, 102).size() == 2);
  CHECK(rows.open.open_stages.empty());
}

TEST_CASE("a stage that another thread ended keeps the attributes its own thread had set") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100, .request = 5, .parent_start = 77})
      .attribute("its own", 1, 1)
      .detach({.name = "moved",
               .depth = 1,
               .start = 102,
               .at = 160,
               .request = 5,
               .attributes = core::kManyAttributes,
               .flags = 0})
      .attribute("the next one's", 1, 2)
      .stage({.name = "next", .depth = 1, .start = 161, .end = 170, .attributes = 1});
  recording.thread(1)
      .chunk({.base = 100})
      .attribute_elsewhere("from there", 3, 0, 102)
      .finish_elsewhere({.name = "moved",
                         .depth = 1,
                         .start = 102,
                         .end = 150,
                         .request = 5,
                         .origin = 0,
                         .attributes = 2,
                         .flags = core::kStageDetached});
  const Rows rows = decode(recording.copy());
  CHECK(rows.stage("moved").lost_attributes == 0);
  CHECK((rows.stage("moved").in == Context{5, 0, 0}));
  CHECK(rows.attributes_of(0, 102).size() == 2);
  CHECK(rows.stage("next").lost_attributes == 0);
  CHECK(rows.attributes_of(0, 161).size() == 1);
  CHECK(rows.open.open_stages.empty());
}

TEST_CASE("a stage that another thread ended and its own has not cleared yet keeps its attributes too") {
  Recording recording;
  recording.thread(0).chunk({.base = 100, .request = 5}).attribute("its own", 1, 1).open(1, 102, "moved", 5);
  recording.thread(1)
      .chunk({.base = 100})
      .finish_elsewhere({.name = "moved",
                         .depth = 1,
                         .start = 102,
                         .end = 150,
                         .request = 5,
                         .origin = 0,
                         .attributes = 1,
                         .flags = core::kStageDetached});
  const Rows rows = decode(recording.copy());
  CHECK(rows.stage("moved").lost_attributes == 0);
  CHECK(rows.attributes_of(0, 102).size() == 1);
  CHECK(rows.open.open_stages.empty());
}

TEST_CASE("what another thread set on a stage that ends at home is not lost") {
  Recording recording;
  recording.thread(0).chunk({.base = 100}).attribute("home", 0, 1).stage({.start = 101, .end = 110, .attributes = 3});
  recording.thread(1).chunk({.base = 100}).attribute_elsewhere("away", 2, 0, 101);
  const Rows rows = decode(recording.copy());
  CHECK(rows.stages[0].lost_attributes == 1);
  CHECK(rows.attributes_of(0, 101).size() == 2);
}

TEST_CASE("a detached stage that began in a lost chunk is still told by its end") {
  Recording recording;
  recording.thread(1)
      .chunk({.base = 100})
      .finish_elsewhere({.name = "call",
                         .start = 102,
                         .end = 150,
                         .request = 5,
                         .origin = 0,
                         .attributes = 2,
                         .flags = core::kStageDetached});
  const Rows rows = decode(recording.copy());
  CHECK((rows.stage("call").in == Context{5, 0, 0}));
  CHECK(rows.stage("call").lost_attributes == 2);
}

TEST_CASE("a detached stage without an end is open") {
  Recording recording;
  recording.thread(4).chunk({.base = 100}).detach({.name = "call", .depth = 3, .start = 102, .at = 110, .request = 5});
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.open.open_stages.size() == 1);
  const OpenStage& open = rows.open.open_stages[0];
  CHECK(open.detached);
  CHECK(open.start == 102);
  CHECK(open.request == 5);
  CHECK(open.stream == 4);
  CHECK(open.depth == 3);
  CHECK(rows.name(open.site) == "call");
}

TEST_CASE("a stage that is both in a stack and in a chunk has finished") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100})
      .stage({.name = "done", .depth = 1, .start = 110, .end = 120})
      .detach({.name = "gone", .depth = 2, .start = 112, .at = 121, .request = 0})
      .open(0, 105, "running", 6)
      .open(1, 110, "done")
      .open(2, 112, "gone")
      .open(3, 114, "ended by another");
  recording.thread(1)
      .chunk({.base = 100})
      .finish_elsewhere({.name = "ended by another", .depth = 3, .start = 114, .end = 130, .origin = 0})
      .finish_elsewhere(
          {.name = "gone", .depth = 2, .start = 112, .end = 130, .origin = 0, .flags = core::kStageDetached});
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.open.open_stages.size() == 1);
  CHECK(rows.name(rows.open.open_stages[0].site) == "running");
  CHECK(rows.open.open_stages[0].request == 6);
  CHECK_FALSE(rows.open.open_stages[0].detached);
}

TEST_CASE("a newer stage at the depth of a finished one stays open") {
  Recording recording;
  recording.thread(0).chunk({.base = 100}).stage({.name = "old", .start = 110, .end = 120}).open(0, 125, "new");
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.open.open_stages.size() == 1);
  CHECK(rows.open.open_stages[0].start == 125);
}

TEST_CASE("attributes that still wait at the end belong to the open stage of their depth") {
  Recording recording;
  recording.thread(0).chunk({.base = 100}).attribute("k", 0, 5).attribute("closed", 1, 6).open(0, 90, "running");
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.attributes.size() == 1);
  CHECK(rows.attributes_of(0, 90).size() == 1);
}

TEST_CASE("requests in flight are those whose end is not in the chunks") {
  Recording recording;
  recording.in_flight(5, 101, "ask", 0, "acme").in_flight(6, 102, "ask", 1).in_flight(7, 103, "ask", 1);
  recording.thread(0)
      .chunk({.base = 100, .request = 7})
      .stage({.name = "ask", .start = 103, .end = 130, .flags = core::kStageIsRequest})
      .context(131, 6)
      .stage({.name = "not a request", .start = 132, .end = 140});
  recording.thread(1)
      .chunk({.base = 100})
      .finish_elsewhere(
          {.name = "ask", .start = 102, .end = 150, .request = 6, .origin = 1, .flags = core::kStageIsRequest});
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.open.open_requests.size() == 1);
  const OpenRequest& open = rows.open.open_requests[0];
  CHECK(open.number == 5);
  CHECK(open.start == 101);
  CHECK(open.tenant == "acme");
  CHECK(rows.name(open.site) == "ask");
}
