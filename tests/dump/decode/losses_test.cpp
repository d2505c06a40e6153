// What is missing is named and counted, and "complete since" is the latest moment that is safe to claim.
#include <catch2/catch.hpp>

#include "tests/dump/decode/recording_builder.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;

namespace {

// Chunks of 1, 2, 3, … records; chunk i covers [100·i, 100·i + 99].
void fill(Thread& thread, unsigned chunks) {
  for (unsigned i = 1; i <= chunks; ++i) {
    thread.chunk({.base = 100 * i});
    for (unsigned r = 0; r < i; ++r) thread.stage({.start = 100 * i + r, .end = 100 * i + r + 1});
    thread.close(100 * i + 99);
  }
}

}  // namespace

TEST_CASE("a recording without losses is complete since it began") {
  Recording recording;
  fill(recording.thread(0), 3);
  const Rows rows = decode(recording.snapshot_at(1000).copy());
  CHECK(rows.stream(0).gaps.empty());
  CHECK(rows.close.complete_since == Recording::kFirstTick);
  CHECK(rows.stream(0).first == Recording::kFirstTick);
  CHECK(rows.stream(0).last == 1000);
}

TEST_CASE("records overwritten before the first chunk are counted from its keyframe") {
  Recording recording;
  fill(recording.thread(0), 4);
  recording.thread(0).lose(1).lose(2);
  recording.header(core::header::kLosses + static_cast<std::size_t>(core::Loss::kOverwritten)) = 5;  // a moment later
  const Rows rows = decode(recording.snapshot_at(1000).copy());
  const Stream& stream = rows.stream(0);
  REQUIRE(stream.gaps.size() == 1);
  CHECK(stream.gaps[0].reason == GapReason::kOverwritten);
  CHECK(stream.gaps[0].records == 3);
  // One dump tells one number.
  CHECK(rows.open.counters.losses[static_cast<std::size_t>(core::Loss::kOverwritten)] == 3);
  CHECK(rows.open.counters.losses[static_cast<std::size_t>(core::Loss::kOverwrittenBytes)] == 48);
  CHECK(stream.gaps[0].bytes == 48);
  CHECK(stream.gaps[0].until == 299);
  CHECK(stream.overwritten == 3);
  CHECK(stream.records == 7);
  CHECK(rows.close.complete_since == 299);
}

TEST_CASE("a gap in the middle is counted by subtraction and moves complete since") {
  Recording recording;
  fill(recording.thread(0), 5);
  fill(recording.thread(1), 5);
  recording.thread(0).lose(3);
  recording.thread(1).lose(1);
  const Rows rows = decode(recording.snapshot_at(1000).copy());
  REQUIRE(rows.stream(0).gaps.size() == 1);
  CHECK(rows.stream(0).gaps[0].records == 3);
  CHECK(rows.stream(0).gaps[0].until == 399);
  CHECK(rows.stream(0).gaps[0].reason == GapReason::kRecycledWhileRead);  // an older one is there
  CHECK(rows.stream(0).overwritten == 0);
  CHECK(rows.stream(0).first == 399);
  CHECK(rows.stream(1).gaps[0].until == 199);
  CHECK(rows.close.complete_since == 399);  // the latest over all streams
}

TEST_CASE("in a dead process's region a gap in the middle is the ring's") {
  Recording recording;
  fill(recording.thread(0), 5);
  recording.thread(0).lose(3);  // chunk 2 was in the hands of a thread that was killed
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.stream(0).gaps.size() == 1);
  CHECK(rows.stream(0).gaps[0].reason == GapReason::kOverwritten);
  CHECK(rows.stream(0).overwritten == 3);
  CHECK(rows.close.complete_since == 399);
}

TEST_CASE("a dead process's slot tells what is lost after the last whole chunk") {
  Recording recording;
  fill(recording.thread(0), 4);
  recording.thread(0).lose(2).lose(3).lose(4);
  recording.thread(0).slot().closed_records = 10;
  recording.thread(0).slot().closed_bytes = 160;
  const Rows rows = decode(recording.copy());
  REQUIRE(rows.stream(0).gaps.size() == 1);
  CHECK(rows.stream(0).gaps[0].reason == GapReason::kOverwritten);
  CHECK(rows.stream(0).gaps[0].records == 9);
  CHECK(rows.stream(0).gaps[0].bytes == 144);
  CHECK(rows.stream(0).records + rows.stream(0).overwritten == 10);
}

TEST_CASE("read plus missing is what was written") {
  for (unsigned lost = 0; lost < 64; ++lost) {
    Recording recording;
    fill(recording.thread(0), 7);
    for (unsigned i = 0; i < 6; ++i)
      if (lost >> i & 1) recording.thread(0).lose(i + 1);
    const Rows rows = decode(recording.copy());
    std::uint64_t missing = 0;
    for (const Gap& gap : rows.stream(0).gaps) missing += gap.records;
    CHECK(rows.stream(0).records + missing == recording.thread(0).records());
    CHECK(rows.stages.size() == rows.stream(0).records);
  }
}

TEST_CASE("a chunk that was recycled under the reader's hands is named so") {
  Recording recording;
  fill(recording.thread(0), 4);
  recording.thread(0).lose(1).lose(2);
  RegionCopy copy = recording.copy();
  copy.chunks.recycled({0, 2});
  const Rows rows = decode(copy);
  CHECK(rows.stream(0).gaps[0].reason == GapReason::kRecycledWhileRead);
  CHECK(rows.stream(0).overwritten == 0);
}

TEST_CASE("a stream whose newest chunk is missing is complete only from the snapshot on") {
  Recording recording;
  fill(recording.thread(0), 3);
  recording.thread(0).lose(3);
  const Rows rows = decode(recording.snapshot_at(1000).copy());
  REQUIRE(rows.stream(0).gaps.size() == 1);
  CHECK(rows.stream(0).gaps[0].until == 1000);
  CHECK(rows.close.complete_since == 1000);
}

TEST_CASE("a stream of which nothing is left tells how much it lost") {
  Recording recording;
  fill(recording.thread(0), 2);
  recording.thread(0).lose(1).lose(2);
  recording.thread(0).slot().lost_records = 3;
  recording.thread(0).slot().lost_bytes = 48;
  const Rows rows = decode(recording.snapshot_at(1000).copy());
  REQUIRE(rows.stream(0).gaps.size() == 1);
  CHECK(rows.stream(0).gaps[0].records == 3);
  CHECK(rows.stream(0).overwritten == 3);
  CHECK(rows.close.complete_since == 1000);
}

TEST_CASE("chunks begun after the stacks were copied count as far as nothing is missing before them") {
  Recording recording;
  fill(recording.thread(0), 5);
  recording.thread(0).lose(4).slot().sequence = 2;  // the stacks were copied while chunk 2 was open
  const Rows rows = decode(recording.snapshot_at(250).copy());
  CHECK(rows.stages.size() == 6);  // chunks 1, 2 and 3
  CHECK(rows.stream(0).gaps.empty());
  CHECK(rows.close.complete_since == Recording::kFirstTick);
}

TEST_CASE("a copy that stopped growing before its chunk did is a counted gap") {
  Recording recording;
  fill(recording.thread(0), 3);
  auto& words = recording.thread(0).words(2);
  words.resize(words.size() - 2);  // chunk 2 was copied when it held one record of two
  const Rows rows = decode(recording.snapshot_at(1000).copy());
  REQUIRE(rows.stream(0).gaps.size() == 1);
  CHECK(rows.stream(0).gaps[0].records == 1);
  CHECK(rows.stream(0).gaps[0].reason == GapReason::kRecycledWhileRead);
}

TEST_CASE("an early copy of a newest chunk that was gone when it was looked for again is not taken for the whole") {
  Recording recording;
  fill(recording.thread(0), 1);
  recording.thread(0).chunk({.base = 200}).stage({.start = 200, .end = 201});
  recording.thread(0).slot().newest_gone = true;
  const auto decoded = [&] { return decode(recording.snapshot_at(1000).copy()); };
  SECTION("it was open") {
    const Rows rows = decoded();
    REQUIRE(rows.stream(0).gaps.size() == 1);
    CHECK(rows.stream(0).gaps[0].reason == GapReason::kRecycledWhileRead);
    CHECK(rows.stream(0).gaps[0].until == 1000);
    CHECK(rows.stages.size() == 2);
    CHECK(rows.close.complete_since == 1000);
  }
  SECTION("it was closed and is whole") {
    recording.thread(0).close(299);
    CHECK(decoded().stream(0).gaps.empty());
  }
  SECTION("the chunk after it follows without a gap") {
    recording.thread(0).close(299).chunk({.base = 300}).slot().sequence = 2;
    recording.thread(0).words(2)[core::chunk::kLast] = 0;
    CHECK(decoded().stream(0).gaps.empty());
  }
}

TEST_CASE("the slot's counters travel with its stream") {
  Recording recording;
  fill(recording.thread(0), 1);
  SlotCopy& slot = recording.thread(0).slot();
  slot.shortfalls = 4;
  slot.dropped = 5;
  slot.took = 6;
  const Rows rows = decode(recording.copy());
  CHECK(rows.stream(0).shortfalls == 4);
  CHECK(rows.stream(0).dropped == 5);
  CHECK(rows.stream(0).took == 6);
}

TEST_CASE("a dead process was alive at least until the newest thing it left") {
  Recording recording;
  fill(recording.thread(0), 2);
  recording.thread(1).chunk({.base = 300}).open(0, 345, "running");
  const Rows rows = decode(recording.copy());
  CHECK(rows.open.process.snapshot_tick == 345);
  CHECK_FALSE(rows.open.process.alive);
}
