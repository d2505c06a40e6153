// The recording path itself: a thread that finishes stages, runs out of its chunk, closes it and takes another, while a
// reader or a snapshot copies.  All of it is core's and dump's own code.  Tests only.
#include <algorithm>
#include <map>
#include <vector>

#include "core/thread_lease.h"
#include "dump/snapshot.h"
#include "looptape/core/open_stack.h"
#include "tests/model/recording.h"
#include "tests/model/scenarios.h"

namespace looptape::model {

using namespace core;

namespace {

// A writer whose every record says which one it is: a stage and an event have its number as their site, an event also
// as its value.
class NumberedWriter {
 public:
  explicit NumberedWriter(Recording& recording) : recording_(recording), writer_(recording.lease()) {
    first_ = written_records(*writer_);  // before: who the thread is, and its context
    t_writer = writer_;
    long_stage_ = open_stage<Memory>(*writer_, site(), now());
    Recording::forget_writer();
  }
  Writer* writer() { return writer_; }
  const StageToken& long_stage() const { return long_stage_; }
  std::uint64_t first() const { return first_; }

  void event() { put_event<Memory>(record_head(RecordType::kEvent, 0, site(), 0), written_records(*writer_)); }
  void stage() {
    Writer* const mine = begin_gate();
    if (mine == nullptr) return;
    end(open_stage<Memory>(*mine, site(), now()));
  }
  void end_long_stage() {
    StageToken token = long_stage_;
    token.site = site();
    end(token);
  }

 private:
  void end(const StageToken& token) const {
    const std::uint64_t at = now();
    if (!finish_fast<Memory>(token, at)) finish_slow(token, at);
  }
  std::uint16_t site() const { return static_cast<std::uint16_t>(written_records(*writer_)); }
  std::uint64_t now() const { return recording_.engine().now(); }

  Recording& recording_;
  Writer* writer_;
  StageToken long_stage_;
  std::uint64_t first_ = 0;
};

// What was read of the stream, chunk by chunk.
class Account {
 public:
  explicit Account(const NumberedWriter& writer) : first_(writer.first()) {}

  // Null, or the property that this chunk breaks.
  const char* add(const ChunkImage& chunk) {
    const char* broken = nullptr;
    std::uint64_t end = chunk.first_record();
    const bool whole = chunk.for_each([&](std::uint64_t number, const std::uint64_t* record) {
      end = number + 1;
      if (number < first_) return;
      const bool event = head_type(record[0]) == RecordType::kEvent;
      const bool right = head_site(record[0]) == number &&
                         (event ? record[1] == number : head_type(record[0]) == RecordType::kStage) &&
                         (event || stage_depth(record[1]) <= 1);
      if (!right) broken = property::kOneLife;
      long_ended_ = long_ended_ || (!event && stage_depth(record[1]) == 0);
    });
    if (!whole) return property::kWholeRecords;
    auto [at, fresh] = chunks_.try_emplace(chunk.sequence(), Range{chunk.first_record(), end});
    if (!fresh && at->second.begin != chunk.first_record()) return property::kOneLife;
    at->second.end = std::max(at->second.end, end);  // copied twice: the longer one counts
    return broken;
  }
  // By the keyframes alone: chunks in sequence do not overlap, and what is missing lies between them.
  bool adds_up() const {
    std::uint64_t next = 0;
    for (const auto& [sequence, range] : chunks_) {
      if (range.begin < next) return false;
      next = range.end;
    }
    return true;
  }
  bool has(std::uint64_t number) const {
    return std::any_of(chunks_.begin(), chunks_.end(),
                       [&](const auto& chunk) { return number >= chunk.second.begin && number < chunk.second.end; });
  }
  bool long_stage_ended() const { return long_ended_; }

 private:
  struct Range {
    std::uint64_t begin, end;
  };
  const std::uint64_t first_;
  std::map<std::uint64_t, Range> chunks_;  // by sequence
  bool long_ended_ = false;
};

}  // namespace

namespace {

// The reader looks as every reader does: at the open stack, at the slot's chunk, then at all chunks.
Outcome read_meanwhile(Mutant mutant, int more) {
  Recording recording({.threads = 1, .chunks = 3, .reserve = 0});
  Engine& engine = recording.engine();
  NumberedWriter writer(recording);
  Interleaving run(mutant, {3, 4});
  recording.keep(run);
  run.keep(writer);
  run.thread(
      [&] {
        writer.event();
        writer.end_long_stage();
        for (int i = 0; i < more; ++i) {
          writer.stage();
          writer.event();
        }
      },
      writer.writer());
  run.thread([&] {
    Account account(writer);
    std::uint64_t start = 0, meta = 0;
    bool long_seen = read_open<Memory>(writer.writer()->open, &start, &meta);
    const std::uint64_t chunk =
        Memory::load<Access::kReadSlotChunk>(engine.region.slot(0)[slot::kChunk], std::memory_order_acquire);
    if (chunk != 0) {
      const ChunkImage image = copy_chunk(engine.region.chunk(chunk - 1), engine.region.chunk_bytes());
      if (image.read == ChunkRead::kEmpty) run.fail(property::kChunkReady);
      if (image.read == ChunkRead::kBroken) run.fail(property::kNeverBroken);
    }
    bool all = true;
    for (std::size_t i = 0; i < 3; ++i) {
      const ChunkImage image = copy_chunk(engine.region.chunk(i), engine.region.chunk_bytes());
      if (image.read == ChunkRead::kBroken) run.fail(property::kNeverBroken);
      all = all && image.read != ChunkRead::kRecycled && image.read != ChunkRead::kBusy;
      if (image.read != ChunkRead::kOk) continue;
      if (const char* const broken = account.add(image)) run.fail(broken);
    }
    if (!account.adds_up()) run.fail(property::kAccounting);
    // Open, or finished; or what says so was overwritten, and then also the record before it.
    long_seen = long_seen || account.long_stage_ended() || !account.has(writer.first());
    if (all && !long_seen) run.fail(property::kOpenOrFinished);
  });
  return run.explore([]() -> const char* { return nullptr; });
}

Outcome snapshots(Mutant mutant, Bounds bounds, std::uint32_t chunks, std::uint32_t reserve, int stages) {
  Recording recording({.threads = 1, .chunks = chunks, .reserve = reserve});
  Engine& engine = recording.engine();
  NumberedWriter writer(recording);
  Atomic<std::uint64_t> progress{written_records(*writer.writer())};
  Interleaving run(mutant, bounds);
  recording.keep(run);
  run.keep(writer);
  run.thread(
      [&] {
        const auto written = [&] { progress.store(written_records(*writer.writer()), std::memory_order_release); };
        writer.event();
        written();
        writer.end_long_stage();
        written();
        for (int i = 0; i < stages; ++i) {
          writer.stage();
          written();
        }
      },
      writer.writer());
  std::uint64_t must = 0;
  bool long_seen = false;
  std::unique_ptr<Account> account;
  run.thread([&] {
    must = progress.load(std::memory_order_acquire);
    account = std::make_unique<Account>(writer);
    dump::Snapshot snapshot(engine);
    if (!snapshot.reserve(2)) return;
    const dump::RegionCopy copy = snapshot.finish();
    for (const dump::ChunkCopy& chunk : copy.chunks.copies()) {
      const auto words = copy.chunks.words(chunk);
      ChunkImage image{ChunkRead::kOk, {words.begin(), words.end()}};
      if (const char* const broken = account->add(image)) run.fail(broken);
    }
    long_seen = account->long_stage_ended();
    for (const dump::SlotCopy& slot : copy.slots)
      long_seen = long_seen || (!slot.open.empty() && slot.open[0].start == writer.long_stage().start);
  });
  return run.explore([&]() -> const char* {
    if (!account->adds_up()) return property::kAccounting;
    // What was written before the snapshot and is still there in the end was there all the time.
    Account still_there(writer);
    for (std::uint32_t i = 0; i < chunks; ++i) {
      const ChunkImage image = copy_chunk(engine.region.chunk(i), engine.region.chunk_bytes());
      if (image.read == ChunkRead::kOk) still_there.add(image);
    }
    std::uint64_t missing = 0;
    for (std::uint64_t number = 0; number < must; ++number) {
      if (account->has(number)) continue;
      ++missing;
      if (still_there.has(number)) return property::kNoHole;
    }
    if (missing > engine.region.slot(0)[slot::kLostRecords].value) return property::kAccounting;
    // The end of the long stage is the second record; where that was overwritten nothing is left to be seen.
    return long_seen || !still_there.has(writer.first() + 1) ? nullptr : property::kOpenOrFinished;
  });
}

}  // namespace

Outcome written_while_read(Mutant mutant) { return read_meanwhile(mutant, 0) + read_meanwhile(mutant, 3); }
Outcome written_while_copied(Mutant mutant) {
  return snapshots(mutant, {2, 2}, 5, 1, 0) + snapshots(mutant, {2, 2}, 5, 1, 3);
}
Outcome recycled_while_copied(Mutant mutant) { return snapshots(mutant, {2, 2}, 3, 1, 4); }
Outcome recycled_while_copied_deep(Mutant mutant) { return snapshots(mutant, {3, 2}, 3, 1, 5); }

}  // namespace looptape::model
