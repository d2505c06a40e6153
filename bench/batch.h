// Batches of one operation, interleaved with batches of others, and what is made of their times.
//
// Used by the benchmarks only.  A batch is timed by the counter that the recorder itself reads.  A batch during which
// the kernel took the thread off its CPU is dropped and counted: it says what the neighbours did, not what the
// operation costs.  Cases take turns batch by batch, so that whatever slows the machine slows them all, and what is
// reported is the ratio of two medians of one run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace looptape::bench {

// A piece of code to be measured; the first case of a run is the floor: a bare clock read, stored.
struct Case {
  std::string name;
  double reads = 1;         // clock reads that the operation cannot do without: its floor
  unsigned operations = 0;  // of one call of `run`
  void (*run)() = nullptr;
  void (*before)() = nullptr;  // not timed
  void (*after)() = nullptr;   // not timed
};

// What the batches of one case gave.
struct Samples {
  std::vector<double> ticks;                    // per operation, one for each batch that was kept
  std::uint64_t dropped = 0;                    // batches in which the thread was preempted
  std::uint64_t switches = 0;                   // chunks this thread began while the batches that were kept ran
  std::uint64_t records = 0, record_bytes = 0;  // that the batches wrote into the region, keyframes aside
};

// Runs every case once per round until each has `batches` that were not preempted, or `rounds` are over.
std::vector<Samples> run_interleaved(std::span<const Case> cases, std::size_t batches, std::size_t rounds);

// Appends the samples of another thread.
void merge(std::vector<Samples>& into, const std::vector<Samples>& from);

// The p-quantile, 0 … 1; reorders `values`.  0 when there are none.
double quantile(std::vector<double>& values, double p);
inline double median(std::vector<double>& values) { return quantile(values, 0.5); }

// Ticks of the counter per nanosecond, against the monotonic clock since the program began.
double ticks_per_ns();

// True once the kernel took the calling thread off its CPU since the last call.
class Preemption {
 public:
  Preemption();
  bool happened();

 private:
  long switches_;
};

// Binds the calling thread (and those it starts) to one CPU, counted from 0 among those it may use; false: it cannot.
bool pin(unsigned cpu);
// How many CPUs this process was given at its start.
unsigned cpus();

}  // namespace looptape::bench
