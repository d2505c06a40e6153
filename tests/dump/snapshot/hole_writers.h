// Threads that record numbered events, and what their own counts say that a copy of the region must hold.
//
// Each thread records event<"seq">(n) for n = 1, 2, …, and notes the tick before every batch.  It never looks at the
// recorder: whatever a reader claims is checked against these notes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/engine.h"
#include "dump/region_copy.h"

namespace looptape::dump::testing {

class HoleWriters {
 public:
  static constexpr std::uint64_t kBatch = 512;

  // `ticks_per_batch` paces each thread by its own count and clock; 0: flat out.
  HoleWriters(std::size_t threads, std::uint64_t ticks_per_batch);
  ~HoleWriters() { stop(); }

  void stop();
  // Events that are recorded by now, thread by thread.
  std::vector<std::uint64_t> counts() const;
  std::uint64_t total() const;
  void wait_for_total(std::uint64_t events) const;

  struct Note {
    std::uint64_t tick = 0, first = 0;  // before the batch whose first number this is
  };
  struct Writer {
    std::atomic<std::uint64_t> count{0}, stream{~std::uint64_t{0}}, batches{0};
    std::vector<Note> notes;  // the first `batches` are written
    std::thread thread;
  };
  const Writer& writer(std::size_t index) const { return *writers_[index]; }
  std::size_t size() const { return writers_.size(); }

 private:
  void run(Writer& writer, std::uint64_t ticks_per_batch);
  std::vector<std::unique_ptr<Writer>> writers_;
  std::atomic<bool> stopping_{false};
};

struct HoleReport {
  std::string wrong;                  // empty: everything claimed is true
  bool tail_missing = false;          // a stream's newest chunk was not to be had: complete since the snapshot only
  std::uint64_t contiguous = 0;       // events up to the newest without a gap, all threads
  std::uint64_t lost = 0;             // records named as missing
  std::uint64_t checked_batches = 0;  // batches after "complete since" that were looked for
};

// Decodes `copy` and holds it against the writers' notes; `before`: their counts before the copy was begun.
// `claim` is added to "complete since": the seeded bug of a reader that claims too much; 0 = what it says.
HoleReport check_holes(const RegionCopy& copy, const HoleWriters& writers, const std::vector<std::uint64_t>& before,
                       std::int64_t claim = 0);

}  // namespace looptape::dump::testing
