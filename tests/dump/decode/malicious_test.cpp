// Regions made to harm: nothing in them may crash, hang or exhaust whoever reads them.
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "dump/region_reader.h"
#include "tests/dump/decode/recording_builder.h"
#include "tests/dump/decode/region_file.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;
namespace header = core::header;

namespace {

// Every kind of record, several chunks, open stages and a request.
std::vector<std::uint64_t> busy_image() {
  Recording recording;
  recording.in_flight(5, 101, "ask", 1, "acme").in_flight(6, 102, "ask", 2);
  for (std::uint16_t stream = 0; stream < 4; ++stream) {
    auto& thread = recording.thread(stream);
    for (std::uint64_t i = 1; i <= 5; ++i) {
      const std::uint64_t base = 1000 * i;
      thread.chunk({.base = base, .request = i, .open = {base - 10, base - 5}});
      for (std::uint64_t r = 0; r < 6; ++r) {
        const std::uint64_t at = base + 10 * r;
        thread.context(at, 5 + r % 2, at - 1, stream)
            .attribute("n", 1, 3)
            .text("t", 2, "some text", 9)
            .request_attribute("user", 7)
            .stage({.name = "inner", .depth = 2, .start = at + 1, .end = at + 2, .attributes = 1})
            .point(core::RecordType::kEvent, "event", at + 3, 1)
            .detach({.name = "call", .depth = 3, .start = at + 4, .at = at + 4, .request = 5})
            .attribute_elsewhere("away", 1, stream, at + 4)
            .finish_elsewhere({.name = "call",
                               .depth = 3,
                               .start = at + 4,
                               .end = at + 6,
                               .request = 5,
                               .origin = stream,
                               .attributes = 1,
                               .flags = core::kStageDetached})
            .owner(at + 7, 40 + r, 1 + r, "worker");
      }
      thread.close(base + 999);
    }
    thread.open(0, 4990, "running", 5).open(1, 4995, "running too", 5);
  }
  return recording.image(4096);
}

std::uint64_t nasty(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0:
      return 0;
    case 1:
      return ~std::uint64_t{0};
    case 2:
      return std::uint64_t{1} << random() % 64;
    case 3:
      return (std::uint64_t{1} << random() % 64) - 1;
    case 4:
      return random() % 256;
    case 5:
      return random() & 15;  // a type, with everything else zero
    default:
      return random();
  }
}

// Reads and decodes; what comes out is bounded by what went in.
void must_end_well(int descriptor, std::size_t file_words) {
  RegionReader reader;
  if (reader.adopt(::dup(descriptor))) return;
  RegionCopy copy;
  if (reader.read(&copy)) return;
  const Rows rows = decode(copy);
  const std::size_t most = file_words;  // two words per record, and each chunk may be there twice
  CHECK(rows.stages.size() <= most);
  CHECK(rows.attributes.size() <= most);
  CHECK(rows.points.size() <= most);
  CHECK(rows.damages.size() <= 1000);
  CHECK(rows.open.open_stages.size() <= most);
  for (const auto& stage : rows.stages) {
    CHECK(stage.site < rows.open.names.size());
    CHECK(stage.stream < Recording::kSlots);
    CHECK(stage.depth <= core::kMaxDepth);
    CHECK(stage.start + stage.duration >= stage.start);
  }
}

class MemoryFile {
 public:
  explicit MemoryFile(const std::vector<std::uint64_t>& words) : fd_(::memfd_create("region", MFD_CLOEXEC)) {
    put(words);
  }
  ~MemoryFile() { ::close(fd_); }
  void put(const std::vector<std::uint64_t>& words) {
    const auto bytes = static_cast<ssize_t>(words.size() * sizeof words[0]);
    REQUIRE(::pwrite(fd_, words.data(), static_cast<std::size_t>(bytes), 0) == bytes);
  }
  int descriptor() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

TEST_CASE("Malicious_ any words anywhere in a region end well") {
  const std::vector<std::uint64_t> good = busy_image();
  MemoryFile file(good);
  const std::uint64_t slots = good[header::kSlotsOffset] / 8, flights = good[header::kFlightOffset] / 8;
  const std::uint64_t names = good[header::kNamesOffset] / 8, chunks = good[header::kPools] / 8;
  const std::pair<std::uint64_t, std::uint64_t> parts[] = {{0, 64},
                                                           {names, slots},
                                                           {slots, flights},
                                                           {flights, chunks},
                                                           {chunks, good.size()},
                                                           {chunks, chunks + 18},
                                                           {chunks + 18, chunks + 200},
                                                           {0, good.size()}};
  std::mt19937_64 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::uint64_t> bad = good;
    const auto [from, to] = parts[random() % std::size(parts)];
    for (std::uint64_t n = std::uint64_t{1} << random() % 10; n-- > 0;)
      bad[from + random() % (to - from)] = nasty(random);
    file.put(bad);
    must_end_well(file.descriptor(), bad.size());
  }
}

TEST_CASE("Malicious_ one flipped bit at every place of a chunk ends well") {
  const std::vector<std::uint64_t> good = busy_image();
  MemoryFile file(good);
  const std::uint64_t chunk = good[header::kPools] / 8;
  for (std::uint64_t word = chunk; word < chunk + 150; ++word)
    for (unsigned bit = 0; bit < 64; bit += 3) {
      std::vector<std::uint64_t> bad = good;
      bad[word] ^= std::uint64_t{1} << bit;
      file.put(bad);
      must_end_well(file.descriptor(), bad.size());
    }
}

TEST_CASE("Malicious_ a region that is rewritten while it is read ends well") {
  const std::vector<std::uint64_t> good = busy_image();
  MemoryFile file(good);
  const std::size_t bytes = good.size() * sizeof good[0];
  auto* const words = static_cast<std::atomic<std::uint64_t>*>(
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor(), 0));
  REQUIRE(words != MAP_FAILED);
  std::atomic<bool> stop{false};
  std::thread rewriter([&] {
    std::mt19937_64 random(2);
    while (!stop.load(std::memory_order_relaxed)) {
      const std::uint64_t at = random() % good.size();
      words[at].store(random() % 2 == 0 ? nasty(random) : good[at], std::memory_order_relaxed);
      // The header is mended again and again, so that readers get past it.
      for (std::uint64_t i = 0; i < 48; ++i) words[i].store(good[i], std::memory_order_relaxed);
    }
  });
  for (int round = 0; round < 300; ++round) must_end_well(file.descriptor(), good.size());
  stop = true;
  rewriter.join();
  ::munmap(words, bytes);
}

TEST_CASE("Malicious_ a bad record is rejected with all that follows it in its chunk and no more") {
  const std::vector<std::vector<std::uint64_t>> bad = {
      {0, 0},                                                                    // no type
      {15, 0},                                                                   // a type of the future
      {core::record_head(core::RecordType::kStage, 0, 60000, 10), 0},            // a name that is not there
      {core::record_head(core::RecordType::kStage, 0, 1, 10), core::kMaxDepth},  // too deep
      {core::record_head(core::RecordType::kStage, 0, 1, 10), 5000ull << 16},    // begins before the clock
      {core::attribute_head(core::RecordType::kAttribute, core::ValueType::kText, 1, 0, 49), 49, 0, 0, 0, 0, 0, 0, 0,
       0},
      {core::attribute_head(core::RecordType::kAttribute, core::ValueType::kText, 1, 0, (1ull << 34) - 1), 1},
      {core::attribute_head(core::RecordType::kAttribute, core::ValueType::kSigned, 1, 62, 0), 1},
      {core::attribute_head(core::RecordType::kAttribute, static_cast<core::ValueType>(9), 1, 0, 0), 1},
      {core::record_head(core::RecordType::kContext, 0, 0, 10), core::kMaxRequest + 1, 0, 0},
      {core::record_head(core::RecordType::kContext, 0, 0, 10), 1, 0, 65536},
      {core::record_head(core::RecordType::kLong, 0, 1, 10), 0, 5000, 0, 0, 0},  // begins after its end
      {core::record_head(core::RecordType::kLong, 0, 1, 10), 0, 5, 0, 99, 0},    // of no stream
      {core::record_head(core::RecordType::kOwner, 0, 0, 10), 0},                // longer than what is committed
  };
  for (const auto& words : bad) {
    Recording recording;
    recording.thread(0)
        .chunk({.base = 100})
        .stage({.name = "before", .start = 100, .end = 105})
        .raw(words)
        .close(120)
        .chunk({.base = 120})
        .stage({.name = "after", .start = 121, .end = 130});
    INFO("first word " << words[0]);
    RegionCopy copy = recording.copy();
    const Rows rows = decode(copy);
    CHECK(rows.stages.size() == 2);
    REQUIRE(rows.damages.size() == 1);
    CHECK(rows.damages[0].bytes == words.size() * 8);
    REQUIRE(rows.stream(0).gaps.size() == 1);
    CHECK(rows.stream(0).gaps[0].reason == GapReason::kRejected);
    CHECK(rows.stream(0).gaps[0].records == 1);
    CHECK(rows.stream(0).gaps[0].bytes == words.size() * 8);
    CHECK(rows.close.complete_since == 120);
  }
}

TEST_CASE("Malicious_ a rejected end of a stream's last chunk is counted when its close tells how much it was") {
  Recording recording;
  recording.thread(0)
      .chunk({.base = 100})
      .stage({.start = 100, .end = 105})
      .raw({0, 0})
      .stage({.start = 106, .end = 107})
      .close(120);
  const Rows rows = decode(recording.snapshot_at(500).copy());
  REQUIRE(rows.stream(0).gaps.size() == 1);
  CHECK(rows.stream(0).gaps[0].reason == GapReason::kRejected);
  CHECK(rows.stream(0).gaps[0].records == 2);
  CHECK(rows.close.complete_since == 500);
}

TEST_CASE("Malicious_ a keyframe that contradicts itself or its stream is rejected whole") {
  const std::pair<std::size_t, std::uint64_t> changes[] = {{core::chunk::kStream, 99},
                                                           {core::chunk::kStream, 7ull << 32},
                                                           {core::chunk::kSequence, 0},
                                                           {core::chunk::kDepth, 63},
                                                           {core::chunk::kRequest, ~std::uint64_t{0}},
                                                           {core::chunk::kParentStream, 99},
                                                           {core::chunk::kRecords, 0},
                                                           {core::chunk::kBytes, 0}};
  for (const auto& [word, value] : changes) {
    Recording recording;
    recording.thread(0)
        .chunk({.base = 100})
        .stage({.name = "one", .start = 100, .end = 105})
        .close(120)
        .chunk({.base = 120})
        .stage({.name = "two", .start = 121, .end = 130})
        .close(140)
        .chunk({.base = 140})
        .stage({.name = "three", .start = 141, .end = 150});
    recording.thread(0).words(2)[word] = value;
    const Rows rows = decode(recording.copy());
    INFO("word " << word);
    CHECK(rows.stages.size() == 2);
    CHECK(rows.damages.size() == 1);
    REQUIRE(rows.stream(0).gaps.size() == 1);
    CHECK(rows.stream(0).gaps[0].records == 1);
    CHECK(rows.stream(0).gaps[0].reason == GapReason::kRejected);
  }
}
