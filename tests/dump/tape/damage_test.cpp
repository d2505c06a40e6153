// Whatever is done to a tape: what is whole is given, what is not is named and counted.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <map>

#include "dump/tape_format.h"
#include "dump/tape_reader.h"
#include "tests/core/sanitized.h"
#include "tests/dump/tape/recording.h"
#include "tests/dump/tape/tape_index.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::test;
using Status = TapeResult::Status;

namespace {

// Under a sanitizer each round costs ten times as much: a share of them is done there.
constexpr int kShare = looptape::testing::kSanitized ? 64 : 1;

constexpr std::uint16_t kOpening = 0, kBlock = 1, kClosing = 2, kIndex = 3;

std::size_t rows_of(const Block& block) { return block.stages.size() + block.attributes.size() + block.points.size(); }

// A tape and what lies where in it.
struct Original {
  explicit Original(const Recording& recorded)
      : recording(recorded), file(written(recorded)), messages(messages_of(file)) {}
  Recording recording;
  std::vector<std::byte> file;
  std::vector<Lying> messages;
};

// Which messages of the original are whole in `file`: those whose bytes are all there, unchanged.
std::vector<bool> whole_messages(const Original& original, const std::vector<std::byte>& file) {
  std::vector<bool> whole;
  for (const Lying& message : original.messages)
    whole.push_back(message.offset + message.bytes <= file.size() &&
                    std::equal(file.begin() + static_cast<std::ptrdiff_t>(message.offset),
                               file.begin() + static_cast<std::ptrdiff_t>(message.offset + message.bytes),
                               original.file.begin() + static_cast<std::ptrdiff_t>(message.offset)));
  return whole;
}

// Reads the damaged file and demands everything that is whole, and the exact account of what is not.
// Returns what is wrong, empty when nothing is: as one check, so that a hundred thousand of them are fast.
std::string judge(const Original& original, const std::vector<std::byte>& file) {
  const std::vector<bool> whole = whole_messages(original, file);
  const bool anything = std::find(whole.begin(), whole.end(), true) != whole.end();
  const bool everything = file == original.file;
  MemorySource source(file);
  Keeper keeper;
  const TapeResult result = read_tape(source, keeper);
  if (!anything) {
    if (result.ok()) return "read although nothing is whole";
    if (result.error.empty()) return "no reason given";
    return keeper.openings == 0 ? "" : "rows although nothing was read";
  }
  if (!result.ok()) return "refused: " + result.error;
  if (keeper.openings != 1 || keeper.closings != 1 || !keeper.in_order) return "out of order";
  if (!keeper.in_range) return "a row out of range";
  if (everything != (result.damages == 0)) return "damage not noticed, or made up";
  if (keeper.damages.size() != result.damages) return "damages miscounted";

  bool opening = false, closing = false;
  std::vector<std::size_t> blocks;
  std::map<std::uint16_t, std::uint64_t> missing;
  std::uint64_t missing_rows = 0;
  std::size_t block = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    opening |= whole[i] && original.messages[i].kind == kOpening;
    closing |= whole[i] && original.messages[i].kind == kClosing;
    if (original.messages[i].kind != kBlock) continue;
    if (whole[i]) {
      blocks.push_back(block);
    } else {
      const Block& lost = original.recording.blocks[block];
      missing[lost.stream] += rows_of(lost);
      missing_rows += rows_of(lost);
    }
    ++block;
  }
  if (keeper.recording.blocks.size() != blocks.size()) return "not all whole blocks were given";
  for (std::size_t i = 0; i < blocks.size(); ++i)
    if (!(keeper.recording.blocks[i] == original.recording.blocks[blocks[i]])) return "a block changed";
  if (opening && !(keeper.recording.opening == original.recording.opening)) return "opening changed";
  std::size_t stages = 0, attributes = 0;
  for (const Block& given : keeper.recording.blocks) {
    stages += given.stages.size();
    attributes += given.attributes.size();
  }
  const Closing& told = keeper.recording.closing;
  const bool all_blocks = blocks.size() == original.recording.blocks.size();
  if (!all_blocks && (told.stages != stages || told.attributes != attributes)) return "more is told than was given";
  if (keeper.recording.closing.rebuilt == closing) return "a closing made up, or taken for one";
  if (!closing) return "";
  // With the closing there, the rows that are missing are known exactly, by stream.
  if (result.lost_rows != missing_rows) return "lost rows miscounted";
  for (const Stream& stream : keeper.recording.closing.streams) {
    std::uint64_t gaps = 0;
    for (const Gap& gap : stream.gaps) gaps += gap.reason == GapReason::kDamagedMessage ? gap.records : 0;
    for (const Stream& recorded : original.recording.closing.streams)
      if (recorded.id == stream.id)
        for (const Gap& gap : recorded.gaps) gaps -= gap.reason == GapReason::kDamagedMessage ? gap.records : 0;
    if (gaps != missing[stream.id]) return "a stream's gaps do not add up";
  }
  return "";
}

// What is known complete must never reach into what was lost.
std::string judge_completeness(const Original& original, const std::vector<std::byte>& file) {
  const std::vector<bool> whole = whole_messages(original, file);
  MemorySource source(file);
  Keeper keeper;
  if (!read_tape(source, keeper).ok()) return "";
  std::size_t block = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (original.messages[i].kind != kBlock) continue;
    const Block& rows = original.recording.blocks[block++];
    if (whole[i]) continue;
    for (const StageRow& stage : rows.stages)
      if (stage.start + stage.duration > keeper.recording.closing.complete_since)
        return "a lost stage ended after what is called complete";
  }
  return "";
}

Original small() { return Original(random_recording(42, {3, 0, 5, 2, 4})); }

std::vector<std::byte> cut(std::vector<std::byte> file, std::uint64_t bytes) {
  file.resize(bytes);
  return file;
}

std::vector<Damage> damages_of(const std::vector<std::byte>& file) {
  MemorySource source(file);
  Keeper keeper;
  read_tape(source, keeper);
  return keeper.damages;
}

}  // namespace

TEST_CASE("a small tape cut at every byte gives everything that is whole") {
  const Original original = small();
  REQUIRE(original.file.size() > 2000);
  for (std::size_t length = 0; length <= original.file.size(); ++length) {
    INFO("cut to " << length << " of " << original.file.size());
    REQUIRE(judge(original, cut(original.file, length)) == "");
  }
}

TEST_CASE("a small tape with any byte flipped gives everything that is whole") {
  const Original original = small();
  std::vector<std::byte> file = original.file;
  for (std::size_t at = 0; at < file.size(); at += kShare) {
    for (const unsigned mask : {0x01u, 0x80u, 0xffu}) {
      INFO("byte " << at << " ^ " << mask);
      file[at] ^= static_cast<std::byte>(mask);
      REQUIRE(judge(original, file) == "");
      file[at] = original.file[at];
    }
  }
}

TEST_CASE("a small tape with any byte removed or doubled gives everything before it") {
  const Original original = small();
  for (std::size_t at = 0; at < original.file.size(); at += 3) {
    for (const bool doubled : {false, true}) {
      std::vector<std::byte> file = original.file;
      const auto place = file.begin() + static_cast<std::ptrdiff_t>(at);
      if (doubled) {
        file.insert(place, *place);
      } else {
        file.erase(place);
      }
      MemorySource source(file);
      Keeper keeper;
      const TapeResult result = read_tape(source, keeper);
      const std::vector<bool> whole = whole_messages(original, file);
      std::size_t before = 0;
      for (std::size_t i = 0; i < whole.size(); ++i) before += whole[i] && original.messages[i].kind == kBlock;
      INFO("byte " << at);
      if (!result.ok()) {
        REQUIRE_FALSE(whole[0]);
        continue;
      }
      REQUIRE(result.damages > 0);
      REQUIRE(keeper.in_range);
      REQUIRE(keeper.recording.blocks.size() == before);
    }
  }
}

TEST_CASE("ten thousand random cuts and flips of a larger tape") {
  const Original original(random_recording(9, std::vector<std::size_t>(24, 40)));
  Random random(2024);
  std::size_t cuts = 0, flips = 0;
  for (int i = 0; i < 10000 / kShare; ++i) {
    std::vector<std::byte> file = original.file;
    if (random.one_in(3)) {
      file.resize(random.below(file.size()));
      ++cuts;
    }
    for (std::uint64_t n = random.below(6); n != 0 && !file.empty(); --n) {
      // A bit, a word, or a stretch such as a lost page.
      const std::uint64_t at = random.below(file.size());
      const std::uint64_t length = random.one_in(2) ? 1 : std::min<std::uint64_t>(random.below(5000), file.size() - at);
      for (std::uint64_t k = 0; k < length; ++k)
        file[at + k] = length == 1 ? file[at + k] ^ static_cast<std::byte>(1u << random.below(8)) : std::byte{0};
      ++flips;
    }
    INFO("round " << i);
    REQUIRE(judge(original, file) == "");
  }
  CHECK(cuts > 3000 / kShare);
  CHECK(flips > 10000 / kShare);
}

TEST_CASE("what is called complete never reaches into what was lost") {
  const Original original(plain_recording(24, 30));
  Random random(77);
  for (int i = 0; i < 2000 / kShare; ++i) {
    std::vector<std::byte> file = original.file;
    if (random.one_in(3)) file.resize(random.below(file.size()));
    for (std::uint64_t n = random.below(4); n != 0 && !file.empty(); --n)
      file[random.below(file.size())] ^= std::byte{0x10};
    INFO("round " << i);
    REQUIRE(judge_completeness(original, file) == "");
  }
}

TEST_CASE("damage is named by its place, its size and the messages that were there") {
  const Original original = small();
  std::vector<std::byte> file = original.file;
  const Lying& lost = original.messages[2];
  REQUIRE(lost.kind == kBlock);
  file[lost.offset + 60] ^= std::byte{1};
  MemorySource source(file);
  Keeper keeper;
  const TapeResult result = read_tape(source, keeper);
  REQUIRE(keeper.damages.size() == 1);
  CHECK(keeper.damages[0].offset == lost.offset);
  CHECK(keeper.damages[0].bytes == lost.bytes);
  CHECK(keeper.damages[0].what == "message 2: the checksum does not match");
  CHECK(result.damaged_bytes == lost.bytes);
}

TEST_CASE("a tape that is cut off is damaged in one place, wherever it was cut") {
  const Original original = small();
  const Lying& closing = original.messages[original.messages.size() - 2];
  REQUIRE(closing.kind == kClosing);
  for (std::size_t size = original.messages[0].bytes; size < original.file.size(); ++size) {
    INFO("cut at " << size);
    const std::vector<Damage> damages = damages_of(cut(original.file, size));
    REQUIRE(damages.size() == 1);
    const std::string& what = damages[0].what;
    REQUIRE((what.find("the closing is lost, so nothing is known to be complete") != std::string::npos) ==
            (size < closing.offset + closing.bytes));
    REQUIRE(what.ends_with("the index is lost, which was not needed"));
  }
}

TEST_CASE("a tape that is cut off inside an opening of several parts is damaged in one place") {
  Recording recording = random_recording(44, {3});
  for (int i = 0; i < 30'000; ++i) recording.opening.names.push_back({std::string(200, 'n'), 0, 0});
  const Original original(recording);
  REQUIRE(original.messages[1].kind == kOpening);
  const std::uint64_t second = original.messages[1].offset;
  for (const std::uint64_t size : {second, second + 40, second + 4096, second + original.messages[1].bytes}) {
    INFO("cut at " << size);
    const std::vector<Damage> damages = damages_of(cut(original.file, size));
    REQUIRE(damages.size() == 1);
    CHECK((damages[0].what.find("the opening is lost in part") != std::string::npos) ==
          (size < second + original.messages[1].bytes));
  }
}

TEST_CASE("a tape that is cut off and damaged elsewhere too is damaged in two places") {
  const Original original = small();
  const Lying& closing = original.messages[original.messages.size() - 2];
  std::vector<std::byte> file = cut(original.file, closing.offset);
  file[original.messages[2].offset + 60] ^= std::byte{1};
  const std::vector<Damage> damages = damages_of(file);
  REQUIRE(damages.size() == 2);
  CHECK(damages[0].what == "message 2: the checksum does not match");
  CHECK(damages[1].offset == closing.offset);
}

TEST_CASE("a lost opening is taken from its spare copy") {
  const Original original = small();
  std::vector<std::byte> file = original.file;
  file[80] ^= std::byte{1};
  MemorySource source(file);
  Keeper keeper;
  CHECK(read_tape(source, keeper).damages == 1);
  CHECK(keeper.recording.opening == original.recording.opening);
}

TEST_CASE("without any opening rows are given all the same, and names are shown by their number") {
  const Original original = small();
  std::vector<std::byte> file = original.file;
  for (const Lying& message : original.messages)
    if (message.kind == kOpening) file[message.offset + 80] ^= std::byte{1};
  MemorySource source(file);
  Keeper keeper;
  const TapeResult result = read_tape(source, keeper);
  REQUIRE(result.ok());
  CHECK(result.damages == 2);  // the opening and its spare copy
  REQUIRE(!keeper.damages.empty());
  CHECK(keeper.damages[0].what ==
        "message 0: the checksum does not match; the opening is lost in part or whole: names, process, what was open");
  CHECK(keeper.in_range);
  CHECK(keeper.recording.blocks == original.recording.blocks);
  REQUIRE(keeper.recording.opening.names.size() > 17);
  CHECK(keeper.recording.opening.names[17].text == "name 17 (lost)");
}

TEST_CASE("a message of another tape in the middle of this one is not believed") {
  const Original original = small();
  const Original other(random_recording(43, {3, 3}));
  std::vector<std::byte> file = original.file;
  const Lying& guest = other.messages[1];
  const auto from = other.file.begin() + static_cast<std::ptrdiff_t>(guest.offset);
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(original.messages[2].offset), from,
              from + static_cast<std::ptrdiff_t>(guest.bytes));
  MemorySource source(file);
  Keeper keeper;
  const TapeResult result = read_tape(source, keeper);
  CHECK(keeper.recording.blocks == original.recording.blocks);
  REQUIRE(keeper.damages.size() == 1);
  CHECK(keeper.damages[0].what == "a message of another tape");
  CHECK(result.damaged_bytes == guest.bytes);
}

TEST_CASE("a message that comes twice counts once") {
  const Original original = small();
  std::vector<std::byte> file = original.file;
  const Lying& twice = original.messages[3];
  const std::vector<std::byte> copy(file.begin() + static_cast<std::ptrdiff_t>(twice.offset),
                                    file.begin() + static_cast<std::ptrdiff_t>(twice.offset + twice.bytes));
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(twice.offset), copy.begin(), copy.end());
  MemorySource source(file);
  Keeper keeper;
  read_tape(source, keeper);
  CHECK(keeper.recording.blocks == original.recording.blocks);
  REQUIRE(keeper.damages.size() == 1);
  CHECK(keeper.damages[0].what == "a message out of its order");
}

TEST_CASE("the index is only there when it is whole") {
  Original original = small();
  REQUIRE(original.messages.back().kind == kIndex);
  REQUIRE(original.messages[original.messages.size() - 2].kind == kClosing);
  TapeIndex index;
  {
    MemorySource source(original.file);
    CHECK(read_tape_index(source, index));
  }
  original.file.back() ^= std::byte{1};
  MemorySource source(original.file);
  CHECK_FALSE(read_tape_index(source, index));
}
