// The decoder's rules, each by a situation built by hand.
#include <catch2/catch.hpp>

#include "tests/dump/decode/recording_builder.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;
using core::RecordType;

TEST_CASE("a finished stage begins its duration before its end") {
  Recording recording;
  recording.thread(3)
      .chunk({.base = 100})
      .stage({.name = "rerank", .depth = 2, .start = 40, .end = 150, .status = core::Status::timeout});
  const Rows rows = decode(recording.copy());
  const auto& stage = rows.stage("rerank");
  CHECK(stage.start == 40);
  CHECK(stage.duration == 110);
  CHECK(stage.depth == 2);
  CHECK(stage.stream == 3);
  CHECK(stage.status == static_cast<unsigned>(core::Status::timeout));
  CHECK(rows.close.stages == 1);
  CHECK(rows.damages.empty());
}

TEST_CASE("a stream's chunks are read in sequence whatever the order of the copies") {
  Recording recording;
  for (std::uint16_t stream : {0, 1}) {
    auto& thread = recording.thread(stream);
    for (std::uint64_t i = 0; i < 3; ++i)
      thread.chunk({.base = 100 + 10 * i}).stage({.start = 100 + 10 * i, .end = 105 + 10 * i}).close(109 + 10 * i);
  }
  const Rows rows = decode(recording.copy());
  const std::vector<std::pair<std::uint16_t, std::uint64_t>> order{{0, 1}, {0, 2}, {0, 3}, {1, 1}, {1, 2}, {1, 3}};
  CHECK(rows.blocks == order);
  CHECK(rows.stages.size() == 6);
  CHECK(rows.stream(1).records == 3);
  CHECK(rows.stream(1).chunks == 3);
  CHECK(rows.stream(1).bytes == 48);
}

TEST_CASE("the current request is the keyframe's and then what context records say") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100, .request = 7, .parent_start = 60, .parent_stream = 1})
      .stage({.name = "first", .start = 100, .end = 110})
      .context(111, 8, 70, 2)
      .stage({.name = "second", .start = 112, .end = 120})
      .point(RecordType::kEvent, "flush", 121, 3)
      .context(122, 0)
      .stage({.name = "third", .start = 123, .end = 130});
  const Rows rows = decode(recording.copy());
  CHECK((rows.stage("first").in == Context{7, 60, 1}));
  CHECK((rows.stage("second").in == Context{8, 70, 2}));
  CHECK((rows.stage("third").in == Context{0, 0, 0}));
  REQUIRE(rows.points.size() == 1);
  CHECK(rows.points[0].in.request == 8);
}

TEST_CASE("an attribute waits at its depth until the stage of that depth ends") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100})
      .attribute("outer", 0, 1)
      .attribute("inner", 1, 2)
      .stage({.name = "in", .depth = 1, .start = 110, .end = 120, .attributes = 1})
      .attribute("inner", 1, 3)
      .attribute("outer", 0, 4)
      .stage({.name = "in again", .depth = 1, .start = 125, .end = 130, .attributes = 1})
      .stage({.name = "out", .depth = 0, .start = 105, .end = 140, .attributes = 2});
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.attributes_of(0, 110).size() == 1);
  CHECK(rows.attributes_of(0, 110)[0].value == 2);
  REQUIRE(rows.attributes_of(0, 125).size() == 1);
  CHECK(rows.attributes_of(0, 125)[0].value == 3);
  REQUIRE(rows.attributes_of(0, 105).size() == 2);
  CHECK(rows.attributes_of(0, 105)[1].value == 4);
  CHECK(rows.close.lost_attributes == 0);
  CHECK(rows.close.attributes == 4);
}

TEST_CASE("an attribute's text, its original length and its type arrive") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100})
      .text("model", 0, std::string("a\0b\"<", 5), 5)
      .text("prompt", 0, std::string(48, 'x'), 900)
      .stage({.start = 100, .end = 101, .attributes = 2});
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.attributes.size() == 2);
  CHECK(rows.attributes[0].stored == std::string("a\0b\"<", 5));
  CHECK(rows.attributes[0].value == 5);
  CHECK(rows.attributes[0].type == core::ValueType::kText);
  CHECK(rows.attributes[1].stored.size() == 48);
  CHECK(rows.attributes[1].value == 900);
}

TEST_CASE("attributes that a stage counts and that are not there are lost by number") {
  Recording recording;
  recording.thread(0).chunk({.base = 100}).attribute("k", 0, 1).stage({.start = 100, .end = 110, .attributes = 3});
  const Rows rows = decode(recording.copy());
  CHECK(rows.stages[0].attributes == 3);
  CHECK(rows.stages[0].lost_attributes == 2);
  CHECK(rows.close.lost_attributes == 2);
}

TEST_CASE("a stage takes no attribute of one that ended unseen at its depth before it") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100})
      .attribute("foreign", 0, 1)  // of a stage that another thread ended
      .attribute("own", 0, 2)
      .stage({.name = "next", .start = 110, .end = 120, .attributes = 1})
      .stage({.name = "after", .start = 121, .end = 122});
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.attributes.size() == 1);
  CHECK(rows.attributes[0].name == "own");
  CHECK(rows.attributes[0].start == 110);
}

TEST_CASE("an attribute waits on into the next chunk when nothing is missing between them") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100})
      .attribute("k", 0, 5)
      .close(120)
      .chunk({.base = 120, .open = {90}})
      .stage({.start = 90, .end = 130, .attributes = 1});
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.attributes_of(0, 90).size() == 1);
  CHECK(rows.stages[0].lost_attributes == 0);
}

TEST_CASE("over a gap an attribute waits on if its stage was open before the gap and still is") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100})
      .attribute("k", 0, 5)
      .close(120)
      .chunk({.base = 120, .open = {90}})
      .stage({.name = "lost", .depth = 1, .start = 121, .end = 122})
      .close(125)
      .chunk({.base = 125, .open = {90}})
      .stage({.start = 90, .end = 130, .attributes = 1})
      .lose(2);
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.attributes_of(0, 90).size() == 1);
  CHECK(rows.stages[0].lost_attributes == 0);
}

TEST_CASE("over a gap an attribute is given up if another stage is open at its depth") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100})
      .attribute("k", 0, 5)
      .close(120)
      .chunk({.base = 120})
      .close(125)
      .chunk({.base = 125, .open = {121}})
      .stage({.start = 121, .end = 130, .attributes = 1})
      .lose(2);
  const Rows rows = decode(recording.copy());
  CHECK(rows.attributes.empty());
  CHECK(rows.stages[0].lost_attributes == 1);
}

TEST_CASE("over a gap an attribute is given up if the slot has another tenant") {
  Recording recording;
  auto& thread = recording.thread(0);
  thread.chunk({.base = 100}).attribute("k", 0, 5).close(120).chunk({.base = 120}).close(125);
  thread.slot().ordinal = 2;
  thread.chunk({.base = 125, .open = {90}}).stage({.start = 90, .end = 130, .attributes = 1}).lose(2);
  const Rows rows = decode(recording.copy());
  CHECK(rows.attributes.empty());
  CHECK(rows.stages[0].lost_attributes == 1);
}

TEST_CASE("an attribute at the request's depth belongs to the current request") {
  Recording recording;
  recording.thread(2)
      .chunk({.base = 100, .request = 9})
      .request_attribute("user", 4)
      .context(101, 0)
      .request_attribute("nobody's", 5);
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.attributes.size() == 1);
  CHECK(rows.attributes[0].request == 9);
  CHECK(rows.attributes[0].value == 4);
  CHECK(rows.close.lost_attributes == 1);
}

TEST_CASE("a stage that ends in another request than it began in keeps its own") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100, .request = 5, .parent_start = 77})
      .context(110, 6)
      .attribute("k", 0, 1)
      .finish_elsewhere({.name = "old", .start = 101, .end = 120, .request = 5, .origin = 0, .attributes = 1})
      .stage({.name = "new", .start = 121, .end = 122});
  const Rows rows = decode(recording.copy());
  CHECK((rows.stage("old").in == Context{5, 0, 0}));
  CHECK(rows.stage("old").start == 101);
  CHECK(rows.stage("old").duration == 19);
  CHECK(rows.stage("old").lost_attributes == 0);
  CHECK(rows.attributes_of(0, 101).size() == 1);
  CHECK(rows.stage("new").in.request == 6);
}

TEST_CASE("a stage too long for the short form keeps the context it is in") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100, .request = 5, .parent_start = 77})
      .finish_elsewhere({.name = "long", .start = 10, .end = 120, .request = 5, .origin = 0});
  CHECK((decode(recording.copy()).stage("long").in == Context{5, 77, 0}));
}

TEST_CASE("events, counters and gauges arrive with their values") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100, .request = 3})
      .point(RecordType::kEvent, "flush", 110, 1, core::ValueType::kUnsigned)
      .point(RecordType::kCounter, "hits", 111, static_cast<std::uint64_t>(-2))
      .point(RecordType::kGauge, "queue", 112, 0x3ff8000000000000, core::ValueType::kFloat);
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.points.size() == 3);
  CHECK(rows.points[0].kind == RecordType::kEvent);
  CHECK(rows.points[0].at == 110);
  CHECK(static_cast<std::int64_t>(rows.points[1].value) == -2);
  CHECK(rows.points[1].kind == RecordType::kCounter);
  CHECK(rows.points[2].type == core::ValueType::kFloat);
  CHECK(rows.close.points == 3);
}

TEST_CASE("owners of a stream come from keyframes and owner records") {
  Recording recording;
  auto& thread = recording.thread(0);
  thread.slot().tid = 11;
  thread.chunk({.base = 100})
      .owner(101, 11, 1, "worker")
      .stage({.start = 102, .end = 110})
      .attribute("k", 0, 1)
      .owner(120, 12, 2, "sixteen-byte-nam")
      .stage({.name = "of the new one", .start = 121, .end = 130, .attributes = 1})
      .close(140);
  thread.chunk({.base = 140}).stage({.start = 141, .end = 142});
  const Rows rows = decode(recording.copy());
  const std::vector<Owner>& owners = rows.stream(0).owners;
  REQUIRE(owners.size() == 2);
  CHECK(owners[0].tid == 11);
  CHECK(owners[0].name == "worker");
  CHECK(owners[0].since == 100);
  CHECK(owners[1].tid == 12);
  CHECK(owners[1].since == 120);
  CHECK(owners[1].ordinal == 2);
  CHECK(owners[1].name == "sixteen-byte-nam");
  CHECK(rows.attributes.empty());  // the first tenant's stage is gone with it
}

TEST_CASE("of two copies of a chunk the longer one counts") {
  Recording recording;
  recording.thread(0).chunk({.base = 100}).stage({.name = "one", .start = 100, .end = 110});
  RegionCopy early = recording.copy();
  recording.thread(0).stage({.name = "two", .start = 111, .end = 120});
  RegionCopy both = recording.copy();
  RegionCopy merged = recording.copy();
  REQUIRE(merged.chunks.reserve(2, 4096));
  for (const RegionCopy* from : {&both, &early}) {
    const auto words = from->chunks.words(from->chunks.copies()[0]);
    const auto room = merged.chunks.begin(words.size_bytes());
    std::copy(words.begin(), words.end(), room.begin());
    merged.chunks.keep(core::kPageBytes, words.size_bytes());
  }
  const Rows rows = decode(merged);
  CHECK(rows.stages.size() == 2);
  CHECK(rows.stream(0).records == 2);
  CHECK(rows.stream(0).gaps.empty());
}
