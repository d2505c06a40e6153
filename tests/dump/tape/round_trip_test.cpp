// What goes into a tape comes out of it.
#include <catch2/catch.hpp>

#include "dump/tape_format.h"
#include "dump/tape_reader.h"
#include "dump/tape_writer.h"
#include "tests/dump/tape/recording.h"
#include "tests/dump/tape/tape_index.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::test;

namespace {

// Reads what was written and compares all of it.
void require_same(const Recording& recording, const std::vector<std::byte>& file) {
  MemorySource source(file);
  Keeper keeper;
  const TapeResult result = read_tape(source, keeper);
  REQUIRE(result.status == TapeResult::Status::kRead);
  REQUIRE(result.damages == 0);
  REQUIRE(keeper.damages.empty());
  REQUIRE(keeper.openings == 1);
  REQUIRE(keeper.closings == 1);
  REQUIRE(keeper.in_order);
  REQUIRE(keeper.in_range);
  REQUIRE(keeper.recording.opening == recording.opening);
  REQUIRE(keeper.recording.closing == recording.closing);
  REQUIRE(keeper.recording.blocks.size() == recording.blocks.size());
  for (std::size_t i = 0; i < recording.blocks.size(); ++i) REQUIRE(keeper.recording.blocks[i] == recording.blocks[i]);
}

}  // namespace

TEST_CASE("every field of a recording survives the tape, whatever its value") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    Random sizes(seed * 1000);
    std::vector<std::size_t> rows(sizes.below(6));
    for (std::size_t& count : rows) count = sizes.below(sizes.one_in(5) ? 3000 : 30);
    const Recording recording = random_recording(seed, rows);
    const std::vector<std::byte> file = written(recording);
    REQUIRE_FALSE(file.empty());
    require_same(recording, file);
  }
}

TEST_CASE("the opening alone is the opening, and nothing else is given") {
  const Recording recording = random_recording(8, {100, 0, 50});
  std::vector<std::byte> file = written(recording);
  MemorySource source(file);
  Keeper keeper;
  REQUIRE(read_tape_opening(source, keeper).ok());
  CHECK(keeper.recording.opening == recording.opening);
  CHECK(keeper.openings == 1);
  CHECK(keeper.recording.blocks.empty());
  CHECK(keeper.closings == 0);
  file.resize(7);
  MemorySource cut(file);
  Keeper nothing;
  CHECK(read_tape_opening(cut, nothing).status == TapeResult::Status::kNotATape);
  CHECK(nothing.openings == 0);
}

TEST_CASE("the same recording gives the same bytes") {
  const Recording recording = random_recording(7, {100, 0, 50});
  CHECK(written(recording) == written(recording));
}

TEST_CASE("a plain stage takes at most 14 bytes of the file") {
  const Recording recording = plain_recording(64, 2000);
  const std::vector<std::byte> file = written(recording);
  const double per_stage = static_cast<double>(file.size()) / (64.0 * 2000.0);
  INFO("bytes per stage: " << per_stage);
  CHECK(per_stage <= 14.0);
  CHECK(per_stage > 8.0);
  require_same(recording, file);
}

TEST_CASE("a block of more rows than a message may have comes back in pieces, none lost") {
  Random random(3);
  Recording recording = random_recording(3, {});
  recording.blocks.push_back(random_block(random, 5, 300000, recording.opening.names.size()));
  const Block& whole = recording.blocks[0];
  const std::vector<std::byte> file = written(recording);
  for (const Lying& message : messages_of(file)) REQUIRE(message.bytes <= tape::kMaxMessageBytes);

  MemorySource source(file);
  Keeper keeper;
  REQUIRE(read_tape(source, keeper).damages == 0);
  REQUIRE(keeper.in_range);
  REQUIRE(keeper.recording.blocks.size() > 3);
  // Joined again, with the contexts by value.
  std::size_t stage = 0, attribute = 0, point = 0;
  for (const Block& piece : keeper.recording.blocks) {
    REQUIRE(piece.stream == 5);
    REQUIRE(piece.sequence == whole.sequence);
    for (StageRow row : piece.stages) {
      StageRow expected = whole.stages[stage++];
      REQUIRE(piece.contexts[row.context] == whole.contexts[expected.context]);
      row.context = expected.context;
      REQUIRE(row == expected);
    }
    for (const AttributeRow& row : piece.attributes) {
      const AttributeRow& expected = whole.attributes[attribute++];
      REQUIRE(row.start == expected.start);
      REQUIRE(row.value == expected.value);
      REQUIRE(piece.text.substr(row.text, row.length) == whole.text.substr(expected.text, expected.length));
    }
    for (PointRow row : piece.points) {
      PointRow expected = whole.points[point++];
      REQUIRE(piece.contexts[row.context] == whole.contexts[expected.context]);
      row.context = expected.context;
      REQUIRE(row == expected);
    }
  }
  CHECK(stage == whole.stages.size());
  CHECK(attribute == whole.attributes.size());
  CHECK(point == whole.points.size());
}

TEST_CASE("an opening and a closing too long for one message come back whole") {
  Recording recording = random_recording(11, {20});
  recording.opening.names.resize(65536);
  for (std::size_t i = 0; i < 65536; ++i) recording.opening.names[i].text = std::string(100, 'n') + std::to_string(i);
  OpenRequest request;
  request.tenant = request.session = request.user = std::string(48, 't');
  recording.opening.open_requests.resize(20000, request);
  recording.opening.open_stages.resize(100000, {1, 2, 3, 4, 5, true});
  Stream stream;
  stream.id = 9;
  for (std::uint64_t i = 0; i < 150000; ++i) stream.owners.push_back({i, i + 1, i + 2, "worker " + std::to_string(i)});
  for (std::uint64_t i = 0; i < 150000; ++i) stream.gaps.push_back({GapReason::kOverwritten, i, i + 1, i + 2});
  recording.closing.streams.push_back(stream);
  const std::vector<std::byte> file = written(recording);
  REQUIRE_FALSE(file.empty());
  for (const Lying& message : messages_of(file)) REQUIRE(message.bytes <= tape::kMaxMessageBytes);
  require_same(recording, file);
}

TEST_CASE("the index tells where every message lies") {
  const Recording recording = random_recording(5, {10, 2000, 30, 0});
  const std::vector<std::byte> file = written(recording);
  const std::vector<Lying> messages = messages_of(file);
  MemorySource source(file);
  TapeIndex index;
  REQUIRE(read_tape_index(source, index));
  CHECK(index.complete);
  REQUIRE(index.entries.size() + 1 == messages.size());  // the index does not name itself
  std::size_t block = 0;
  for (std::size_t i = 0; i < index.entries.size(); ++i) {
    CHECK(index.entries[i].offset == messages[i].offset);
    CHECK(index.entries[i].bytes == messages[i].bytes);
    CHECK(index.entries[i].kind == messages[i].kind);
    if (index.entries[i].kind != static_cast<std::uint16_t>(tape::Kind::kBlock)) continue;
    const Block& expected = recording.blocks[block++];
    CHECK(index.entries[i].stream == expected.stream);
    CHECK(index.entries[i].rows == expected.stages.size() + expected.attributes.size() + expected.points.size());
    for (const StageRow& stage : expected.stages) {
      REQUIRE(stage.start + stage.duration >= index.entries[i].first_tick);
      REQUIRE(stage.start + stage.duration <= index.entries[i].last_tick);
    }
  }
  CHECK(block == recording.blocks.size());
}

TEST_CASE("rows that point nowhere are written as what is nearest to the truth, and counted") {
  Recording recording = random_recording(2, {});
  const auto names = static_cast<std::uint16_t>(recording.opening.names.size());
  Block block;
  block.stages.resize(3);
  block.stages[0].site = names;
  block.stages[1].context = 7;
  block.stages[2].status = 200;
  block.attributes.resize(1);
  block.attributes[0].text = 10;
  block.attributes[0].length = 10;
  block.points.resize(1);
  block.points[0].site = 60000;
  MemoryOutput output;
  TapeWriter writer(output);
  writer.opening(recording.opening);
  writer.block(block);
  writer.closing(recording.closing);
  REQUIRE(writer.finished());
  CHECK(writer.repaired() == 5);
  MemorySource source(output.bytes);
  Keeper keeper;
  CHECK(read_tape(source, keeper).damages == 0);
  CHECK(keeper.in_range);
  REQUIRE(keeper.recording.blocks.size() == 1);
  CHECK(keeper.recording.blocks[0].stages[0].site == core::kNoName);
}

TEST_CASE("a failing output stops the writer, which says what failed") {
  class Full : public ByteOutput {
   public:
    IoError write(std::span<const std::byte>) override {
      ++calls;
      if (calls < 3) return {};
      return {28, "write x.tape: No space left on device"};
    }
    int calls = 0;
  };
  Full output;
  TapeWriter writer(output);
  const Recording recording = plain_recording(200, 2000);  // several writes of 1 MiB
  writer.opening(recording.opening);
  for (const Block& block : recording.blocks) writer.block(block);
  writer.closing(recording.closing);
  CHECK(output.calls == 3);
  CHECK_FALSE(writer.finished());
  CHECK(writer.error().code == 28);
}

TEST_CASE("calls out of their order are failures, not tapes") {
  MemoryOutput output;
  TapeWriter writer(output);
  writer.block(Block{});
  CHECK(writer.error());
  CHECK(output.bytes.empty());
}
