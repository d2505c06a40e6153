// Eight writers flat out and three readers beside them: no record is torn, and the books balance to the last one.
//
// Sizes are counts, never times: the writers go on until each has written its share and each reader has had its looks.
#include <sched.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <thread>

#include "looptape/core/chunk.h"
#include "looptape/core/open_stack.h"
#include "looptape/looptape.h"
#include "tests/dump/snapshot/running_engine.h"
#include "tests/dump/stress/numbered_records.h"
#include "tests/dump/stress/stress_account.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;
using core::Loss;

namespace {

constexpr std::size_t kWriters = 8;
constexpr std::size_t kReaders = 3;

struct Size {
  std::uint64_t records = 0;  // written at least, all threads
  std::uint64_t copies = 0;   // each of the two readers of whole regions
  std::uint64_t looks = 0;    // at one chunk, the third reader
};

struct WriterThread {
  std::atomic<std::uint64_t> stream{~std::uint64_t{0}}, records{0};  // recorded for certain
  std::thread thread;
};

// What one reader has seen.
struct Reader {
  std::string wrong;
  std::uint64_t rounds = 0, chunks = 0, records = 0, overtaken = 0;
};

class Stress {
 public:
  explicit Stress(const Size& size) : size_(size) {
    for (WriterThread& writer : writers_) writer.thread = std::thread([this, &writer] { write(writer); });
    while (std::any_of(writers_, writers_ + kWriters, [](WriterThread& writer) { return writer.records.load() == 0; }))
      ::sched_yield();
    std::thread readers[kReaders] = {std::thread([this] { read_copies(readers_[0], &RunningEngine::snapshot); }),
                                     std::thread([this] { read_copies(readers_[1], &RunningEngine::outside); }),
                                     std::thread([this] { read_chunks(readers_[2]); })};
    for (std::thread& reader : readers) reader.join();
    stopping_ = true;
    for (WriterThread& writer : writers_) writer.thread.join();
  }

  RunningEngine& engine() { return engine_; }
  const WriterThread& writer(std::size_t index) const { return writers_[index]; }
  const Reader& reader(std::size_t index) const { return readers_[index]; }
  std::uint64_t written() const {
    std::uint64_t sum = 0;
    for (const WriterThread& writer : writers_) sum += writer.records.load();
    return sum;
  }

 private:
  void write(WriterThread& writer);
  void read_copies(Reader& reader, RegionCopy (RunningEngine::*copy)());
  void read_chunks(Reader& reader);
  std::string check(const RegionAccount& account, const std::vector<std::uint64_t>& before) const;
  std::string check_open_stages(std::size_t slot);

  const Size size_;
  RunningEngine engine_;
  std::atomic<bool> stopping_{false};
  WriterThread writers_[kWriters];
  Reader readers_[kReaders];
};

void Stress::write(WriterThread& writer) {
  NumberedWriter numbered;
  for (std::uint64_t i = 0; numbered.records() < size_.records / kWriters || !stopping_.load(); ++i) {
    numbered.cycle();
    if (i == 0) writer.stream = core::t_writer->stream;
    writer.records.store(numbered.records(), std::memory_order_release);
  }
}

void Stress::read_copies(Reader& reader, RegionCopy (RunningEngine::*copy)()) {
  while (reader.wrong.empty() && reader.rounds < size_.copies) {
    std::vector<std::uint64_t> before;
    for (const WriterThread& writer : writers_) before.push_back(writer.records.load(std::memory_order_acquire));
    const RegionAccount account = account_for((engine_.*copy)());
    reader.wrong = check(account, before);
    reader.rounds += 1;
    reader.chunks += account.chunks;
    reader.records += account.records;
    for (const auto& [stream, of_stream] : account.streams) reader.overtaken += of_stream.overtaken;
  }
}

// A copy of the running region against what the writers said before and say after it.
std::string Stress::check(const RegionAccount& account, const std::vector<std::uint64_t>& before) const {
  if (!account.wrong.empty()) return account.wrong;
  for (std::size_t i = 0; i < kWriters; ++i) {
    const std::uint64_t stream = writers_[i].stream.load();
    const auto found = account.streams.find(stream);
    if (found == account.streams.end()) return "nothing of stream " + std::to_string(stream);
    const StreamAccount& of_stream = found->second;
    if (of_stream.rejected != 0 || of_stream.dropped != 0) return "rejected or dropped records";
    // The writer counts a cycle after it has written it.
    const std::uint64_t after = writers_[i].records.load(std::memory_order_acquire) + NumberedWriter::kCycle;
    if (of_stream.newest > after) return "more records than were written";
    if (!of_stream.tail_missing && of_stream.newest < before[i])
      return "stream " + std::to_string(stream) + " had written " + std::to_string(before[i]) + ", found " +
             std::to_string(of_stream.newest);
  }
  return {};
}

// The chunks of the mapped region itself, one after the other under the protocol's own look, and the stacks.
void Stress::read_chunks(Reader& reader) {
  const std::size_t bytes = engine_->region.chunk_bytes();
  std::vector<std::uint64_t> words(bytes / core::kWordBytes);
  std::uint64_t busy = 0;
  while (reader.wrong.empty() && (reader.rounds < size_.looks || reader.chunks == 0)) {
    std::size_t good = 0;
    const core::Word* const chunk = engine_->region.chunk(reader.rounds++ % engine_->region.chunk_count());
    switch (core::read_chunk<core::Memory>(chunk, bytes, words.data(), &good)) {
      case core::ChunkRead::kOk: {
        ChunkTally tally;
        reader.wrong = check_chunk({words.data(), good / core::kWordBytes}, &tally);
        reader.chunks += 1;
        reader.records += tally.records;
        break;
      }
      case core::ChunkRead::kBroken:
        reader.wrong = "a committed length that no writer makes";
        break;
      case core::ChunkRead::kRecycled:
        reader.overtaken += 1;
        break;
      case core::ChunkRead::kBusy:
      case core::ChunkRead::kEmpty:
        ++busy;
        break;
    }
    if (reader.wrong.empty()) reader.wrong = check_open_stages(reader.rounds % kWriters);
  }
  if (reader.wrong.empty() && reader.chunks + reader.overtaken + busy != reader.rounds) reader.wrong = "a lost look";
}

std::string Stress::check_open_stages(std::size_t slot) {
  for (unsigned depth = 0; depth < 2; ++depth) {
    std::uint64_t start = 0, meta = 0;
    const core::Word* const entry = engine_->region.slot(slot) + core::slot::kOpen + 2 * depth;
    if (core::read_open<core::Memory>(entry, &start, &meta) && meta != core::open_meta(0, numbered_stage_site(depth)))
      return "an open stage with another one's name";
  }
  return {};
}

std::uint64_t sum_of_losses(RunningEngine& engine, std::initializer_list<Loss> losses) {
  std::uint64_t sum = 0;
  for (const Loss loss : losses) sum += engine.loss(loss);
  return sum;
}

// Nobody writes any more: the region's counters, the slots' and the keyframes' must all say what the writers say.
void check_at_rest(Stress& stress, const RegionAccount& account) {
  CHECK(account.wrong == "");
  CHECK(account.streams.size() == kWriters);
  std::uint64_t lost = 0, lost_bytes = 0;
  for (std::size_t i = 0; i < kWriters; ++i) {
    INFO("writer " << i);
    const std::uint64_t written = stress.writer(i).records.load();
    const StreamAccount& stream = account.streams.at(stress.writer(i).stream.load());
    CHECK(stream.newest == written);
    CHECK(stream.read + stream.overwritten + stream.overtaken + stream.rejected + stream.dropped == written);
    CHECK(stream.rejected + stream.dropped == 0);
    CHECK(stream.lost() == stream.lost_slot);
    CHECK(stream.lost_bytes == stream.lost_slot_bytes);
    CHECK(stream.read_bytes + stream.lost_bytes == numbered_bytes(written));
    CHECK_FALSE(stream.tail_missing);
    lost += stream.lost();
    lost_bytes += stream.lost_bytes;
  }
  CHECK(stress.engine().loss(Loss::kOverwritten) == lost);
  CHECK(stress.engine().loss(Loss::kOverwrittenBytes) == lost_bytes);
  CHECK(sum_of_losses(stress.engine(), {Loss::kNoChunk, Loss::kNoSlot, Loss::kTooDeep, Loss::kBrokenInvariant,
                                        Loss::kStageAbandoned, Loss::kStageEndedElsewhere, Loss::kTextCut}) == 0);
}

void stress(const Size& size) {
  Stress run(size);
  const char* const kinds[kReaders] = {"snapshots", "copies from outside", "looks at one chunk"};
  std::printf("%zu writers, %llu records", kWriters, static_cast<unsigned long long>(run.written()));
  for (std::size_t i = 0; i < kReaders; ++i) {
    const Reader& reader = run.reader(i);
    CHECK(reader.wrong == "");
    std::printf("; %llu %s: %llu chunks whole, %llu records checked word by word",
                static_cast<unsigned long long>(reader.rounds), kinds[i],
                static_cast<unsigned long long>(reader.chunks), static_cast<unsigned long long>(reader.records));
  }
  std::printf("; %llu chunks were recycled under the third reader's hands, 0 torn\n",
              static_cast<unsigned long long>(run.reader(2).overtaken));
  CHECK(run.written() >= size.records);
  check_at_rest(run, account_for(run.engine().snapshot()));
  check_at_rest(run, account_for(run.engine().outside()));
}

}  // namespace

TEST_CASE("eight writers and three readers: no torn record, and read + lost by name = written, stream by stream") {
  stress({.records = 1'000'000, .copies = 8, .looks = 2'000});
}

TEST_CASE("eight writers and three readers over twenty million records: the same", "[slow][nosan]") {
  stress({.records = 20'000'000, .copies = 60, .looks = 40'000});
}

// Two chunks and six slots for eight writers: whatever cannot be recorded is in one counter or the other.
TEST_CASE("more writers than slots, more slots than chunks: attempts = read + overwritten + dropped + without a slot") {
  constexpr std::uint64_t kEvents = 200'000;
  RunningEngine engine([](core::EngineSettings& settings) {
    settings.region.max_threads = 6;
    settings.region.chunk_bytes = std::size_t{1} << 20;
  });
  REQUIRE(engine->region.chunk_count() < 6);
  std::atomic<std::size_t> begun{0}, running{kWriters};
  std::vector<std::thread> writers;
  for (std::size_t i = 0; i < kWriters; ++i)
    writers.emplace_back([&] {
      event<"attempt">(1);  // a slot, if there is one, before anybody goes on
      ++begun;
      while (begun.load() < kWriters) ::sched_yield();
      for (std::uint64_t n = 2; n <= kEvents; ++n) event<"attempt">(n);
      --running;
      while (running.load() > 0) ::sched_yield();  // nobody gets the slot of one that has ended
    });
  unsigned copies = 0;
  while (running.load() > 0 || copies == 0) {
    CHECK(decode(engine.snapshot()).damages.empty());
    ++copies;
  }
  for (std::thread& writer : writers) writer.join();

  const Rows rows = engine.rows();
  CHECK(rows.damages.empty());
  std::uint64_t leases = 0, recorded = 0, missing = 0, dropped = 0;
  for (std::size_t i = 0; i < engine->region.slot_count(); ++i) {
    leases += engine->region.slot(i)[core::slot::kOrdinal].load();
    dropped += engine->region.slot(i)[core::slot::kDropped].load();
  }
  for (const Stream& stream : rows.close.streams) {
    const Account account = account_of(rows, stream.id);
    recorded += account.read;
    missing += account.missing;
  }
  CHECK(engine.loss(Loss::kNoChunk) == dropped);
  CHECK(engine.loss(Loss::kOverwritten) == missing);
  CHECK(recorded + missing + dropped + engine.loss(Loss::kNoSlot) == kWriters * kEvents + leases * kLeaseRecords);
  CHECK(dropped > 0);
  CHECK(recorded > 0);
}

TEST_CASE("a book that is off by one record, a torn word and a chunk of another life are noticed") {
  RunningEngine engine;
  std::uint64_t written = 0;
  std::thread([&] {
    NumberedWriter writer;
    while (writer.records() < 600'000) writer.cycle();
    written = writer.records();
  }).join();
  const RegionCopy copy = engine.snapshot();
  const RegionAccount account = account_for(copy);
  REQUIRE(account.wrong == "");
  REQUIRE(account.streams.size() == 1);
  const StreamAccount& stream = account.streams.begin()->second;
  CHECK(stream.overwritten > 0);
  CHECK(stream.read + stream.overwritten == written);
  CHECK(stream.lost_slot == stream.overwritten);

  const std::span<const std::uint64_t> good = copy.chunks.words(copy.chunks.copies().front());
  ChunkTally tally;
  CHECK(check_chunk(good, &tally) == "");
  const auto spoilt = [&](std::size_t word, std::uint64_t change) {
    std::vector<std::uint64_t> words(good.begin(), good.end());
    words[word] += change;
    return check_chunk(words, &tally);
  };
  CHECK(spoilt(core::chunk::kRecords, 1) != "");
  CHECK(spoilt(core::chunk::kRecords, ~std::uint64_t{0}) != "");
  CHECK(spoilt(core::chunk::kBytes, 16) != "");
  std::size_t unnoticed = 0;
  const std::size_t first = core::keyframe_bytes(core::keyframe_depth(good[core::chunk::kDepth])) / core::kWordBytes;
  for (std::size_t word = first; word < good.size(); ++word) unnoticed += spoilt(word, 1).empty();
  CHECK(unnoticed == 0);
}
