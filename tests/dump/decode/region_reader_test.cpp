// Reading a region from outside.
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "core/clock.h"
#include "core/engine.h"
#include "core/process_identity.h"
#include "dump/region_process.h"
#include "dump/region_reader.h"
#include "looptape/core/site.h"
#include "looptape/core/writer.h"
#include "tests/dump/decode/recording_builder.h"
#include "tests/dump/decode/region_file.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;
namespace header = core::header;

namespace {

Recording situation() {
  Recording recording;
  recording.in_flight(5, 101, "ask", 2, "acme");
  recording.thread(2)
      .chunk({.base = 100, .request = 5})
      .stage({.name = "one", .start = 100, .end = 110})
      .close(120)
      .chunk({.base = 120, .request = 5, .open = {105}})
      .text("model", 0, "small", 5)
      .stage({.name = "two", .depth = 1, .start = 121, .end = 130})
      .open(0, 105, "running", 5);
  return recording;
}

Rows read(const std::string& path) {
  RegionReader reader;
  const RegionError opened = reader.open(path);
  INFO(opened.text);
  REQUIRE_FALSE(opened);
  RegionCopy copy;
  const RegionError error = reader.read(&copy);
  INFO(error.text);
  REQUIRE_FALSE(error);
  return decode(copy);
}

RegionFault fault_of(const std::string& path) {
  RegionReader reader;
  return reader.open(path).fault;
}

}  // namespace

TEST_CASE("a region file tells what its recording held") {
  TemporaryDirectory directory;
  const std::string path = write_words(directory.path() / "region", situation().image(4096));
  const Rows rows = read(path);
  CHECK(rows.damages.empty());
  CHECK((rows.stage("one").in == Context{5, 0, 0}));
  CHECK(rows.stage("two").stream == 2);
  REQUIRE(rows.open.open_stages.size() == 1);
  CHECK(rows.name(rows.open.open_stages[0].site) == "running");
  REQUIRE(rows.attributes_of(2, 105).size() == 1);
  CHECK(rows.attributes_of(2, 105)[0].stored == "small");
  REQUIRE(rows.open.open_requests.size() == 1);
  CHECK(rows.open.open_requests[0].tenant == "acme");
  CHECK(rows.stream(2).records == 3);
  CHECK_FALSE(rows.open.process.alive);
}

TEST_CASE("what is not a region is refused with its reason") {
  TemporaryDirectory directory;
  const auto at = [&](const char* name) { return (directory.path() / name).string(); };
  CHECK(fault_of(at("absent")) == RegionFault::kCannotOpen);
  CHECK(fault_of(directory.path().string()) == RegionFault::kCannotOpen);
  REQUIRE(::mkfifo(at("fifo").c_str(), 0600) == 0);
  CHECK(fault_of(at("fifo")) == RegionFault::kCannotOpen);  // and does not wait for a writer
  const std::vector<std::uint64_t> image = situation().image(4096);
  write_words(at("region"), image);
  std::filesystem::create_symlink(at("region"), at("link"));
  CHECK(fault_of(at("link")) == RegionFault::kCannotOpen);
  CHECK(fault_of(write_words(at("short"), {core::kRegionMagic})) == RegionFault::kDamaged);
  CHECK(fault_of(write_words(at("short"), {0x2020202020202020})) == RegionFault::kNotARegion);
  CHECK(fault_of(write_words(at("text"), std::vector<std::uint64_t>(4096, 0x2020202020202020))) ==
        RegionFault::kNotARegion);
  CHECK(fault_of(write_words(at("zeros"), std::vector<std::uint64_t>(4096))) == RegionFault::kNotReady);
  const auto changed = [&](std::size_t word, std::uint64_t value) {
    std::vector<std::uint64_t> other = image;
    other[word] = value;
    return fault_of(write_words(at("changed"), other));
  };
  CHECK(changed(header::kVersion, std::uint64_t{core::kLayoutMajor + 1} << 32) == RegionFault::kOtherLayout);
  CHECK(changed(header::kVersion, std::uint64_t{core::kLayoutMajor} << 32 | 77) == RegionFault::kNone);
  CHECK(changed(header::kEndian, __builtin_bswap64(core::kEndianMark)) == RegionFault::kOtherLayout);
  CHECK(changed(header::kState, 0) == RegionFault::kNotReady);
}

TEST_CASE("Malicious_ a header that points out of its file is refused") {
  TemporaryDirectory directory;
  const std::vector<std::uint64_t> image = situation().image(4096);
  const std::string path = (directory.path() / "region").string();
  const std::size_t words[] = {header::kNamesOffset, header::kNamesCapacity, header::kSlotsOffset, header::kSlotsCount,
                               header::kSlotBytes,   header::kFlightOffset,  header::kFlightCount, header::kFlightBytes,
                               header::kPools,       header::kPools + 1,     header::kPools + 2};
  const std::uint64_t values[] = {~std::uint64_t{0},
                                  ~std::uint64_t{0} - 7,
                                  std::uint64_t{1} << 63,
                                  std::uint64_t{1} << 32,
                                  std::uint64_t{1} << 61,
                                  image.size() * 8 + 8,
                                  1};
  for (const std::size_t word : words)
    for (const std::uint64_t value : values) {
      if (value == 1 && word != header::kPools && word != header::kNamesOffset) continue;  // a count of one is legal
      std::vector<std::uint64_t> other = image;
      other[word] = value;
      INFO("word " << word << " = " << value);
      CHECK(fault_of(write_words(path, other)) == RegionFault::kDamaged);
    }
}

TEST_CASE("a region that shrank since it was opened is read as far as it is there") {
  TemporaryDirectory directory;
  const std::string path = write_words(directory.path() / "region", situation().image(4096));
  RegionReader reader;
  REQUIRE_FALSE(reader.open(path));
  std::filesystem::resize_file(path, 8192);
  RegionCopy copy;
  REQUIRE_FALSE(reader.read(&copy));
  CHECK(copy.missing_from == 8192);
  std::filesystem::resize_file(path, 4088);
  CHECK(reader.read(&copy).fault == RegionFault::kDamaged);
}

TEST_CASE("of a region that is cut short, at any word, what is whole is read and nothing is said to be complete") {
  TemporaryDirectory directory;
  const std::vector<std::uint64_t> image = situation().image(1024);
  const std::string path = write_words(directory.path() / "region", image);
  const Rows whole = read(path);
  REQUIRE(whole.stages.size() == 2);
  CHECK_FALSE(whole.close.rebuilt);
  std::vector<std::size_t> stages;
  for (std::size_t bytes = image.size() * 8 - 8; bytes >= core::kPageBytes; bytes -= 8) {
    std::filesystem::resize_file(path, bytes);
    const Rows rows = read(path);
    INFO("cut to " << bytes << " bytes");
    REQUIRE_FALSE(rows.damages.empty());
    CHECK(rows.damages[0].offset == bytes);
    CHECK(rows.damages[0].bytes == image.size() * 8 - bytes);
    CHECK(rows.close.rebuilt);
    CHECK(rows.close.complete_since >= rows.open.process.snapshot_tick);
    for (const auto& stage : rows.stages) CHECK((stage.duration == 10 || stage.duration == 9));
    REQUIRE(rows.stages.size() <= (stages.empty() ? 2 : stages.back()));
    stages.push_back(rows.stages.size());
  }
  CHECK(stages.front() == 2);  // the last chunk is not full: all that was written is there
  CHECK(std::count(stages.begin(), stages.end(), 1) >= 128);  // while the second chunk is cut
  CHECK(stages.back() == 0);
}

TEST_CASE("a region whose header claims more than its file has is read like one that is cut short") {
  TemporaryDirectory directory;
  std::vector<std::uint64_t> image = situation().image(4096);
  for (const std::uint64_t bytes : {~std::uint64_t{0}, std::uint64_t{1} << 63, image.size() * 8 + 8}) {
    image[header::kRegionBytes] = bytes;
    const Rows rows = read(write_words(directory.path() / "region", image));
    CHECK(rows.stages.size() == 2);
    CHECK(rows.damages.size() == 1);
    CHECK(rows.close.rebuilt);
  }
}

TEST_CASE("a chunk that never stops changing is given up and the rest is read") {
  TemporaryDirectory directory;
  std::vector<std::uint64_t> image = situation().image(4096);
  const std::size_t first_chunk = image[header::kPools] / 8;
  image[first_chunk + core::chunk::kGeneration] = 3;  // being re-initialised, for ever: its owner was killed
  const Rows rows = read(write_words(directory.path() / "region", image));
  CHECK(rows.stages.size() == 1);
  REQUIRE(rows.stream(2).gaps.size() == 1);
  CHECK(rows.stream(2).gaps[0].records == 1);
}

TEST_CASE("Malicious_ a committed length that no writer produces is damage of that chunk alone") {
  TemporaryDirectory directory;
  for (const std::uint64_t committed :
       {std::uint64_t{0}, std::uint64_t{8}, std::uint64_t{145}, std::uint64_t{4104}, ~std::uint64_t{0}}) {
    std::vector<std::uint64_t> image = situation().image(4096);
    image[image[header::kPools] / 8 + core::chunk::kCommitted] = committed;
    const Rows rows = read(write_words(directory.path() / "region", image));
    CHECK(rows.damages.size() == 1);
    CHECK(rows.stages.size() == 1);
  }
}

TEST_CASE("a process is dead when it has ended although its parent has not noticed") {
  const auto boot = core::boot_id();
  const auto self = static_cast<std::uint64_t>(::getpid());
  CHECK(process_runs(self, core::process_start_time(self), boot));
  CHECK_FALSE(process_runs(self, core::process_start_time(self) + 1, boot));
  CHECK_FALSE(process_runs(self, core::process_start_time(self), {1, 2}));
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[1]);
    char byte;
    const ssize_t got = ::read(ends[0], &byte, 1);  // until the parent lets go
    ::_exit(got == 0 ? 0 : 1);
  }
  ::close(ends[0]);
  const auto pid = static_cast<std::uint64_t>(child);
  const std::uint64_t start = core::process_start_time(pid);
  CHECK(process_runs(pid, start, boot));
  ::close(ends[1]);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);  // ended, not yet reaped
  CHECK_FALSE(process_runs(pid, start, boot));
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK_FALSE(process_runs(pid, start, boot));
}

namespace {

// A writer that records events numbered from 0, so that a hole is a missing number, and never gets further ahead than
// it is allowed: so a copy that takes its time under load still finds most of the region as it was.
class NumberingWriter {
 public:
  NumberingWriter() : thread_([this] { run(); }) {}
  ~NumberingWriter() {
    allowed_ = ~std::uint64_t{0} >> 1;
    stop_ = true;
    thread_.join();
  }
  std::uint64_t written() const { return written_.load(); }
  void allow(std::uint64_t more) { allowed_ = written() + more; }

 private:
  void run() {
    const std::uint16_t site = core::register_name("number", Kind::other);
    const auto unsigned_value = static_cast<unsigned>(core::ValueType::kUnsigned);
    const std::uint64_t head = core::record_head(core::RecordType::kEvent, unsigned_value, site, 0);
    for (std::uint64_t i = 0; !stop_;) {
      if (i >= allowed_) {
        std::this_thread::yield();
        continue;
      }
      core::put_event<core::Memory>(head, i++);
      written_ = i;
    }
  }

  std::atomic<std::uint64_t> written_{0}, allowed_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// The numbers of a stream after "complete since" have no hole, and what is missing before is counted exactly.  Returns
// how many there are.
std::uint64_t check_numbers(const Rows& rows, std::uint16_t stream) {
  std::uint64_t next = 0, count = 0;
  for (const auto& point : rows.points) {
    if (point.recorded_by != stream || point.at <= rows.close.complete_since) continue;
    if (count > 0 && point.value != next) FAIL("numbers " << next << " to " << point.value << " are missing");
    next = point.value + 1;
    ++count;
  }
  std::uint64_t missing = 0;
  for (const Gap& gap : rows.stream(stream).gaps) missing += gap.records;
  CHECK(rows.stream(stream).records + missing == next + 2);  // an owner and a context record come first
  return count;
}

}  // namespace

TEST_CASE("copies of a live region taken by another descriptor have no hole after complete since") {
  TemporaryDirectory directory;
  core::EngineSettings settings;
  settings.region.service = "reader";
  settings.region.directory = directory.path();
  settings.region.budget_bytes = std::size_t{4} << 20;
  settings.region.window_ns = 1;
  settings.region.max_threads = 16;
  std::string problem;
  core::Engine* const engine = core::Engine::start(settings, &problem);
  INFO(problem);
  REQUIRE(engine != nullptr);
  const std::uint64_t capacity = engine->region.chunk_count() * engine->region.chunk_bytes() / 16;
  RegionReader reader;
  REQUIRE_FALSE(reader.open(engine->region.path()));
  {
    NumberingWriter writers[2];
    for (int round = 0; round < 40; ++round) {
      // In each round the two overwrite at most a quarter of the region, most of it while it is being read.
      std::uint64_t before[2];
      for (auto& writer : writers) writer.allow(capacity / 8);
      for (int i = 0; i < 2; ++i)
        while ((before[i] = writers[i].written()) == 0) std::this_thread::yield();
      RegionCopy copy;
      const RegionError error = reader.read(&copy);
      INFO(error.text);
      REQUIRE_FALSE(error);
      CHECK(copy.alive);
      const Rows rows = decode(copy);
      CHECK(rows.damages.empty());
      CHECK(rows.open.process.service == "reader");
      CHECK(rows.open.process.last.tick >= rows.open.process.snapshot_tick);
      std::uint64_t counted = 0;
      for (const Stream& stream : rows.close.streams) counted += check_numbers(rows, stream.id);
      CHECK(counted >= std::min(before[0] + before[1], capacity / 2));
    }
  }
  engine->stop(true);
}

TEST_CASE("an anchor that is written while it is read comes as it was or as it became, never as parts of both") {
  TemporaryDirectory directory;
  core::Region region;
  core::RegionSettings settings;
  settings.service = "anchors";
  settings.directory = directory.path();
  settings.budget_bytes = core::kMinRegionBytes;
  REQUIRE(region.create(settings));
  region.header(header::kBootId).fetch_xor(1);  // as if of another boot: its clocks say nothing of ours
  region.set_state(core::RegionState::kRecording);
  std::atomic<bool> enough{false};
  std::thread writer([&] {
    for (std::uint64_t n = 1; !enough; ++n) region.write_anchor(n, n, n);
  });
  std::uint64_t last = 0, changes = 0, torn = 0;
  for (int i = 0; i < 3000; ++i) {
    RegionReader reader;
    if (reader.open(region.path())) break;
    RegionCopy copy;
    copy.header = reader.header();
    const Anchor anchor = process_of(copy).last;
    torn += anchor.tick != anchor.monotonic_ns || anchor.tick != static_cast<std::uint64_t>(anchor.wall_ns);
    changes += anchor.tick != last;
    last = anchor.tick;
  }
  enough = true;
  writer.join();
  CHECK(torn == 0);
  CHECK(changes > 0);
  region.close(true);
}
