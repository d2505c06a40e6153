// Threads that write and count what they wrote: see hole_writers.h.
#include "tests/dump/snapshot/hole_writers.h"

#include <sched.h>

#include <algorithm>
#include <map>

#include "dump/assembler.h"
#include "looptape/looptape.h"

namespace looptape::dump::testing {
namespace {

constexpr std::uint64_t kBacklogBatches = 400;  // of a paced thread: what it records in 40 ms at 5 M records/s
constexpr std::size_t kMostBatches = std::size_t{1} << 20;  // 537 M events for each thread

// Per stream: what was read, and the last stretch of numbers without a gap.
struct Seen {
  std::uint64_t first = 0, last = 0, events = 0;  // of the stretch; of all
};

class HoleSink : public Sink {
 public:
  void opening(const Opening& given) override {
    for (std::size_t i = 0; i < given.names.size(); ++i)
      if (given.names[i].text == "seq") seq_.push_back(i);
    snapshot = given.process.snapshot_tick;
  }
  void block(const Block& block) override {
    Seen& seen = streams[block.stream];
    for (const PointRow& row : block.points) {
      if (std::find(seq_.begin(), seq_.end(), row.site) == seq_.end()) continue;
      if (row.value != seen.last + 1 || seen.events == 0) seen.first = row.value;
      if (row.value <= seen.last) wrong = "a number that came before";
      seen.last = row.value;
      ++seen.events;
    }
  }
  void closing(const Closing& given) override { close = given; }
  void damage(const Damage& given) override { wrong = "damage: " + given.what; }

  std::map<std::uint64_t, Seen> streams;
  Closing close;
  std::uint64_t snapshot = 0;
  std::string wrong;

 private:
  std::vector<std::size_t> seq_;
};

// `least`, `most`: so much was recorded before the copy, and no more than this can have been.
void check_stream(const Stream& stream, const Seen& seen, std::uint64_t least, std::uint64_t most, HoleReport& report) {
  std::uint64_t missing = 0;
  bool tail = false;
  for (const Gap& gap : stream.gaps) missing += gap.records;
  if (!stream.gaps.empty()) tail = stream.gaps.back().until >= stream.last && stream.gaps.back().records == 0;
  tail |= stream.chunks == 0;  // also the newest one was overwritten; what it held nobody counted yet
  report.lost += missing;
  report.tail_missing |= tail;
  if (tail) return;
  // All overwritten but an open chunk that nothing is in yet: no event says how many there were.
  if (seen.events == 0) {
    if (stream.records + missing < least || stream.records + missing > most)
      report.wrong =
          "missing " + std::to_string(missing) + " of " + std::to_string(least) + " to " + std::to_string(most);
    return;
  }
  // What the stream wrote up to its newest event: its owner record, its context record, and the events.
  if (stream.records + missing != seen.last + 2)
    report.wrong = "read " + std::to_string(stream.records) + " + missing " + std::to_string(missing) +
                   " is not written " + std::to_string(seen.last + 2);
}

}  // namespace

HoleWriters::HoleWriters(std::size_t threads, std::uint64_t ticks_per_batch) {
  for (std::size_t i = 0; i < threads; ++i) {
    Writer& writer = *writers_.emplace_back(std::make_unique<Writer>());
    writer.notes.resize(kMostBatches);
    writer.thread = std::thread([this, &writer, ticks_per_batch] { run(writer, ticks_per_batch); });
  }
}

void HoleWriters::stop() {
  stopping_ = true;
  for (auto& writer : writers_)
    if (writer->thread.joinable()) writer->thread.join();
}

void HoleWriters::run(Writer& writer, std::uint64_t ticks_per_batch) {
  std::uint64_t n = 0, due = core::read_counter();
  for (std::size_t batch = 0; batch < kMostBatches && !stopping_.load(std::memory_order_relaxed); ++batch) {
    writer.notes[batch] = {core::read_counter(), n + 1};
    writer.batches.store(batch + 1, std::memory_order_release);
    for (std::uint64_t i = 0; i < kBatch; ++i) event<"seq">(++n);
    if (batch == 0) writer.stream.store(core::t_writer->stream);
    writer.count.store(n, std::memory_order_release);
    // A thread that was off the CPU makes up for it, but not for ever: the rate is one of a stretch of time.
    due = std::max(due + ticks_per_batch, core::read_counter() - kBacklogBatches * ticks_per_batch);
    while (ticks_per_batch != 0 && core::read_counter() < due) ::sched_yield();  // the copier needs a CPU too
  }
}

std::vector<std::uint64_t> HoleWriters::counts() const {
  std::vector<std::uint64_t> counts;
  for (const auto& writer : writers_) counts.push_back(writer->count.load(std::memory_order_acquire));
  return counts;
}

std::uint64_t HoleWriters::total() const {
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts()) total += count;
  return total;
}

void HoleWriters::wait_for_total(std::uint64_t events) const {
  while (total() < events) ::sched_yield();
}

HoleReport check_holes(const RegionCopy& copy, const HoleWriters& writers, const std::vector<std::uint64_t>& before,
                       std::int64_t claim) {
  HoleSink rows;
  assemble(copy, {}, rows);
  HoleReport report;
  report.wrong = rows.wrong;
  const std::uint64_t since = rows.close.complete_since + static_cast<std::uint64_t>(claim);
  for (std::size_t i = 0; i < writers.size(); ++i) {
    const HoleWriters::Writer& writer = writers.writer(i);
    const Seen& seen = rows.streams[writer.stream.load()];
    for (const Stream& stream : rows.close.streams)
      if (stream.id == writer.stream.load())
        check_stream(stream, seen, before[i], writer.count.load() + HoleWriters::kBatch + 2, report);
    report.contiguous += seen.last - seen.first + 1;
    const std::uint64_t batches = writer.batches.load(std::memory_order_acquire);
    for (std::uint64_t b = batches; b-- > 0;) {
      const HoleWriters::Note& note = writer.notes[b];
      const std::uint64_t end = note.first + HoleWriters::kBatch - 1;
      if (end > before[i]) continue;  // not known to be recorded when the copy was begun
      if (note.tick <= since) break;  // nothing is claimed of it
      ++report.checked_batches;
      if (note.first < seen.first || end > seen.last)
        report.wrong = "numbers " + std::to_string(note.first) + " … " + std::to_string(end) + " of thread " +
                       std::to_string(i) + " are missing though complete since before; read " +
                       std::to_string(seen.first) + " … " + std::to_string(seen.last);
    }
    if (!report.tail_missing && seen.events != 0 && seen.last < before[i])
      report.wrong = "thread " + std::to_string(i) + " had recorded " + std::to_string(before[i]) + ", found " +
                     std::to_string(seen.last);
  }
  return report;
}

}  // namespace looptape::dump::testing
