// Taking turns batch by batch and dropping what was preempted: see batch.h.
#include "bench/batch.h"

#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>

#include "looptape/core/clock.h"
#include "looptape/core/writer.h"

namespace looptape::bench {
namespace {

std::uint64_t monotonic() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

struct Moment {
  std::uint64_t tick = core::read_counter();
  std::uint64_t ns = monotonic();
};
const Moment g_program_start;

const cpu_set_t g_given = [] {  // before anything is pinned
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  return set;
}();

// What this thread's stream has written so far.
struct Written {
  std::uint64_t chunks = 0, records = 0, bytes = 0;
};
Written written() {
  const core::Writer& writer = *core::t_writer;
  Written now;
  if (writer.chunk == nullptr) return now;
  now.chunks = writer.sequence;
  now.records = core::written_records(writer);
  now.bytes = writer.bytes + writer.used - writer.first;
  return now;
}

bool run_batch(const Case& what, Preemption& preemption, Samples& samples) {
  if (what.before != nullptr) what.before();
  const Written before = written();
  preemption.happened();
  const std::uint64_t begin = core::read_counter();
  what.run();
  const std::uint64_t end = core::read_counter();
  const bool preempted = preemption.happened();
  const Written after = written();
  if (what.after != nullptr) what.after();
  if (preempted) {
    ++samples.dropped;
    return false;
  }
  samples.ticks.push_back(static_cast<double>(end - begin) / what.operations);
  samples.switches += after.chunks - before.chunks;
  samples.records += after.records - before.records;
  samples.record_bytes += after.bytes - before.bytes;
  return true;
}

}  // namespace

std::vector<Samples> run_interleaved(std::span<const Case> cases, std::size_t batches, std::size_t rounds) {
  std::vector<Samples> all(cases.size());
  for (Samples& samples : all) samples.ticks.reserve(rounds);
  Preemption preemption;
  for (const Case& what : cases) {  // pages, names, branch history
    Samples unused;
    run_batch(what, preemption, unused);
  }
  std::size_t fewest = 0;
  for (std::size_t round = 0; round < rounds && fewest < batches; ++round) {
    fewest = batches;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      run_batch(cases[i], preemption, all[i]);
      fewest = std::min(fewest, all[i].ticks.size());
    }
  }
  return all;
}

void merge(std::vector<Samples>& into, const std::vector<Samples>& from) {
  into.resize(std::max(into.size(), from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) {
    into[i].ticks.insert(into[i].ticks.end(), from[i].ticks.begin(), from[i].ticks.end());
    into[i].dropped += from[i].dropped;
    into[i].switches += from[i].switches;
    into[i].records += from[i].records;
    into[i].record_bytes += from[i].record_bytes;
  }
}

double quantile(std::vector<double>& values, double p) {
  if (values.empty()) return 0;
  const auto last = static_cast<double>(values.size() - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(last * p + 0.5);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double ticks_per_ns() {
  Moment now;
  while (now.ns - g_program_start.ns < 10'000'000) now = Moment{};
  return static_cast<double>(now.tick - g_program_start.tick) / static_cast<double>(now.ns - g_program_start.ns);
}

Preemption::Preemption() : switches_(0) { happened(); }

bool Preemption::happened() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const bool moved = usage.ru_nivcsw != switches_;
  switches_ = usage.ru_nivcsw;
  return moved;
}

unsigned cpus() { return static_cast<unsigned>(CPU_COUNT(&g_given)); }

bool pin(unsigned cpu) {
  for (unsigned i = 0; i < CPU_SETSIZE; ++i) {
    if (!CPU_ISSET(i, &g_given) || cpu-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(i, &one);
    return ::sched_setaffinity(0, sizeof one, &one) == 0;
  }
  return false;
}

}  // namespace looptape::bench
