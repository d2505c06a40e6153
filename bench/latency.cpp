// How long a single scope takes: most of the time, at a chunk switch, and while snapshots are being taken.
//
//   looptape_bench_latency [--quick] [--benchmark_…]
//
// The writer is on CPU 0, whoever takes the snapshots on CPU 1.  Quiet phases and phases full of snapshots alternate
// inside one run, scopes and bare clock reads alternate batch by batch; batches that were preempted are dropped and
// counted.  Every latency contains the clock read that took it.  The reported time is the 99.99th percentile.
#include <atomic>
#include <memory>
#include <thread>

#include "bench/latency_histogram.h"
#include "bench/report.h"
#include "bench/session.h"
#include "core/engine.h"
#include "dump/snapshot.h"

namespace looptape::bench {
namespace {

constexpr unsigned kBatch = 2048;
constexpr std::uint64_t kPhase = 250'000;  // scopes

// Takes one snapshot after the other on a CPU of its own, while it is asked to.
class Snapshots {
 public:
  explicit Snapshots(unsigned cpu) : thread_([this, cpu] { run(cpu); }) {}
  ~Snapshots() {
    ask(Wish::kEnd);
    thread_.join();
  }
  // Returns when the first one is under way.
  void start() {
    ask(Wish::kSnapshots);
    while (!active()) std::this_thread::yield();
  }
  // Returns when the last one is over.
  void stop() {
    ask(Wish::kQuiet);
    while (active()) std::this_thread::yield();
  }
  bool active() const { return active_.load(std::memory_order_acquire); }
  std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }

 private:
  enum class Wish { kQuiet, kSnapshots, kEnd };
  void ask(Wish wish) {
    wish_.store(wish, std::memory_order_release);
    wish_.notify_all();
  }
  void run(unsigned cpu) {
    pin(cpu);
    for (Wish wish; (wish = wish_.load(std::memory_order_acquire)) != Wish::kEnd;) {
      if (wish == Wish::kQuiet) {
        wish_.wait(wish);
        continue;
      }
      dump::Snapshot snapshot(*core::Engine::current());
      if (!snapshot.reserve(0)) return;
      active_.store(true, std::memory_order_release);
      snapshot.finish();
      active_.store(false, std::memory_order_release);
      taken_.fetch_add(1, std::memory_order_relaxed);
    }
  }

  std::atomic<Wish> wish_{Wish::kQuiet};
  std::atomic<bool> active_{false};
  std::atomic<std::uint64_t> taken_{0};
  std::thread thread_;
};

struct Latencies {
  LatencyHistogram clock, scope, at_switch;
  std::uint64_t dropped = 0;
};

struct Batch {
  std::uint64_t ticks[kBatch];
  bool switched[kBatch];  // the thread went on to another chunk
};

[[gnu::noinline]] void time_scopes(Batch& batch) {
  for (unsigned i = 0; i < kBatch; ++i) {
    const std::uint64_t chunk = core::t_writer->sequence;
    const std::uint64_t before = core::read_counter();
    { Stage<"timed"> stage; }
    const std::uint64_t after = core::read_counter();
    batch.ticks[i] = after - before;
    batch.switched[i] = core::t_writer->sequence != chunk;
  }
}

[[gnu::noinline]] void time_clock(Batch& batch) {
  volatile std::uint64_t first, second;
  for (unsigned i = 0; i < kBatch; ++i) {
    const std::uint64_t before = core::read_counter();
    first = core::read_counter();
    second = core::read_counter();
    const std::uint64_t after = core::read_counter();
    batch.ticks[i] = after - before;
  }
  static_cast<void>(first), static_cast<void>(second);
}

// One batch of each; `wanted` says whether it counts.
template <class Wanted>
void run_batches(Batch& batch, Preemption& preemption, Latencies& into, Wanted wanted) {
  preemption.happened();
  if (!wanted()) return;
  time_scopes(batch);
  if (preemption.happened()) {
    ++into.dropped;
  } else if (wanted()) {
    for (unsigned i = 0; i < kBatch; ++i) {
      into.scope.add(batch.ticks[i]);
      if (batch.switched[i]) into.at_switch.add(batch.ticks[i]);
    }
  }
  preemption.happened();
  time_clock(batch);
  if (preemption.happened()) {
    ++into.dropped;
  } else if (wanted()) {
    for (const std::uint64_t ticks : batch.ticks) into.clock.add(ticks);
  }
}

Figure figure_of(const LatencyHistogram& histogram, const Latencies& of, double rate) {
  Figure figure;
  const auto ns = [&](double p) { return static_cast<double>(histogram.quantile(p)) / rate; };
  figure.ns = ns(0.9999);
  figure.counters = {{"p50", ns(0.5)},
                     {"p99", ns(0.99)},
                     {"p99.9", ns(0.999)},
                     {"p99.99", ns(0.9999)},
                     {"max", static_cast<double>(histogram.max()) / rate},
                     {"count", static_cast<double>(histogram.total())},
                     {"dropped", static_cast<double>(of.dropped)}};
  return figure;
}

const std::vector<std::string> kNames = {"bare_clock/quiet",     "scope/quiet",     "chunk_switch/quiet",
                                         "bare_clock/snapshots", "scope/snapshots", "chunk_switch/snapshots"};

std::vector<Figure> measure(std::uint64_t scopes) {
  const Request request{{.kind = "bench"}};
  const auto quiet = std::make_unique<Latencies>(), busy = std::make_unique<Latencies>();
  const auto batch = std::make_unique<Batch>();
  Preemption preemption;
  Snapshots snapshots(1 % cpus());
  for (unsigned i = 0; i < 2500; ++i) time_scopes(*batch);  // every chunk has been used
  for (std::uint64_t goal = kPhase; goal < scopes + kPhase; goal += kPhase) {
    while (quiet->scope.total() < goal) run_batches(*batch, preemption, *quiet, [] { return true; });
    snapshots.start();
    while (busy->scope.total() < goal) {
      const std::uint64_t which = snapshots.taken();
      run_batches(*batch, preemption, *busy, [&] { return snapshots.active() && snapshots.taken() == which; });
    }
    snapshots.stop();
  }
  const double rate = ticks_per_ns();
  std::vector<Figure> figures;
  for (const Latencies* of : {quiet.get(), busy.get()}) {
    for (const LatencyHistogram* histogram : {&of->clock, &of->scope, &of->at_switch})
      figures.push_back(figure_of(*histogram, *of, rate));
  }
  for (std::size_t i = 3; i < 6; ++i) {
    if (figures[i - 3].ns > 0) figures[i].counters.emplace_back("ratio", figures[i].ns / figures[i - 3].ns);
    figures[i].counters.emplace_back("snapshots", static_cast<double>(snapshots.taken()));
  }
  return figures;
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const std::unique_ptr<Session> session = Session::start_apart(argv[0]);
  if (!session) return 1;
  register_group("latency", kNames, [scopes = options.scale<std::uint64_t>(10'000'000, 1)] { return measure(scopes); });
  return run_all();
}

}  // namespace
}  // namespace looptape::bench

int main(int argc, char** argv) { return looptape::bench::run(argc, argv); }
