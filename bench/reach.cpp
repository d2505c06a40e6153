// How far back each thread's records reach when few are busy among many, and what memory the recorder has.
//
//   looptape_bench_reach [--quick] [--benchmark_…]
//
// 200 threads record; 8 of them are busy and begin one after the other.  Then a snapshot is taken, as for
// a dump.  The busy threads work at a set pace, each on its own absolute schedule, so that what is compared is how
// chunks are handed out and not how the kernel hands out two CPUs.
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <thread>

#include "bench/counting_sink.h"
#include "bench/report.h"
#include "bench/session.h"
#include "core/engine.h"
#include "dump/assembler.h"
#include "dump/snapshot.h"
#include "dump/tape_reader.h"

namespace looptape::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Plan {
  unsigned threads = 200, busy = 8;
  std::chrono::milliseconds between = 400ms;  // starts of busy threads
  std::chrono::milliseconds after = 6000ms;   // the last one's start
  unsigned burst = 200;                       // scopes per millisecond and busy thread
};

void work(const Plan& plan, unsigned number, Clock::time_point begin, const std::atomic<bool>& stop) {
  name_thread("busy " + std::to_string(number));
  const Request request{{.kind = "bench"}};
  auto next = begin + number * plan.between;
  while (!stop.load(std::memory_order_relaxed)) {
    std::this_thread::sleep_until(next);
    for (unsigned i = 0; i < plan.burst; ++i) {
      Stage<"busy"> stage;
    }
    next += 1ms;
  }
}

// Every thread records; most of them once.
void run_threads(const Plan& plan, const std::function<void()>& at_the_end) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (unsigned i = plan.busy; i < plan.threads; ++i) {
    threads.emplace_back([&] {
      event<"idle">();
      stop.wait(false);
    });
  }
  const auto begin = Clock::now();
  for (unsigned i = 0; i < plan.busy; ++i) threads.emplace_back([&, i] { work(plan, i, begin, stop); });
  std::this_thread::sleep_until(begin + plan.busy * plan.between + plan.after);
  at_the_end();
  stop.store(true);
  stop.notify_all();
  for (std::thread& thread : threads) thread.join();
}

// A line of /proc/self/status, in bytes.
double status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::stod(line.substr(name.size() + 1)) * 1024;
  }
  return 0;
}

// What the recorder keeps for its next dump, as the kernel counts it: the private mapping that forks do not get (dc)
// and that has no huge pages (nh).
double staging_bytes() {
  std::ifstream smaps("/proc/self/smaps");
  double all = 0, resident = 0;
  for (std::string line; std::getline(smaps, line);) {
    if (line.rfind("Rss:", 0) == 0) resident = std::stod(line.substr(4)) * 1024;
    const auto has = [&](const char* flag) { return line.find(flag) != std::string::npos; };
    if (line.rfind("VmFlags:", 0) == 0 && has(" dc") && has(" nh") && !has(" sh")) all += resident;
  }
  return all;
}

Figure failed(std::string why) {
  Figure figure;
  figure.error = std::move(why);
  return figure;
}

// Of the oldest chunk that a stream still has: how long it was filled, in ticks.
class OldestChunks {
 public:
  explicit OldestChunks(const dump::ChunkCopies& chunks) {
    for (const dump::ChunkCopy& copy : chunks.copies()) {
      const auto words = chunks.words(copy);
      const auto stream = static_cast<std::uint16_t>(words[core::chunk::kStream]);
      begins_[stream][words[core::chunk::kSequence]] = words[core::chunk::kBase];
    }
  }
  // 0: the stream has no second chunk.
  std::uint64_t ticks(std::uint16_t stream) const {
    const auto found = begins_.find(stream);
    if (found == begins_.end() || found->second.size() < 2) return 0;
    const auto first = found->second.begin();
    return std::next(first)->second - first->second;
  }

 private:
  std::map<std::uint16_t, std::map<std::uint64_t, std::uint64_t>> begins_;  // stream → sequence → tick
};

// How far the busy streams reach back from the moment of the copy, and how far they differ.  The chunks of all streams
// are recycled in the order in which they were closed.  So when the last one was, closed at h, a stream's oldest chunk
// was closed after h and, unless it is the stream's first, begun before: reaches differ by less than one such chunk.
Figure reach_of(const CountingSink& sink, const OldestChunks& oldest, const Plan& plan) {
  const dump::Process& process = sink.opening().process;
  const double rate = ticks_per_ns();
  double least = 0, most = 0, records = 0, chunk = 0;
  unsigned found = 0;
  for (const dump::Stream& stream : sink.closing().streams) {
    if (stream.owners.empty() || stream.owners.back().name.rfind("busy ", 0) != 0) continue;
    const double reach = static_cast<double>(process.snapshot_tick - stream.first) / rate * 1e-9;
    least = found == 0 ? reach : std::min(least, reach);
    most = std::max(most, reach);
    chunk = std::max(chunk, static_cast<double>(oldest.ticks(stream.id)) / rate * 1e-9);
    ++found;
    records += static_cast<double>(stream.records);
  }
  if (found != plan.busy) return failed(std::to_string(found) + " busy threads found");
  if (chunk == 0) return failed("no busy thread has filled a chunk");
  Figure figure;
  figure.ns = least * 1e9;
  figure.counters = {{"shortest_s", least}, {"longest_s", most},
                     {"chunk_s", chunk},    {"spread_in_chunks", (most - least) / chunk},
                     {"records", records},  {"streams", static_cast<double>(sink.closing().streams.size())}};
  return figure;
}

// What the recording says of its memory, and what the kernel says.
Figure bytes_of(double stated, double measured) {
  Figure figure;
  figure.counters = {{"stated_bytes", stated}, {"measured_bytes", measured}};
  return figure;
}

// Private memory while `work` runs, at its most.
template <class Work>
double most_private_bytes(Work work) {
  std::atomic<bool> done{false};
  double most = 0;
  std::thread watcher([&] {
    while (!done.load()) {
      most = std::max(most, status_bytes("RssAnon"));
      std::this_thread::sleep_for(1ms);
    }
  });
  work();
  done.store(true);
  watcher.join();
  return most;
}

// While all threads live: a snapshot, then a dump.
std::vector<Figure> look(Session& session, const Plan& plan, double without_recorder) {
  dump::RegionCopy copy;
  CountingSink sink, of_tape;
  const double with_recorder = status_bytes("RssAnon"), kept = staging_bytes();
  {
    dump::Snapshot snapshot(*core::Engine::current());
    if (!snapshot.reserve(0)) return {failed("no memory for a snapshot")};
    copy = snapshot.finish();
  }
  dump::assemble(copy, dump::Trigger{}, sink);
  const OldestChunks oldest(copy.chunks);
  copy = {};
  struct stat file {};
  ::stat(session.recorder().region_path().c_str(), &file);

  std::string path, problem;
  const double before = status_bytes("RssAnon");
  const double most = most_private_bytes([&] { path = session.recorder().dump_and_wait("bench", &problem); });
  dump::FileSource source;
  if (path.empty() || source.open(path) || !dump::read_tape(source, of_tape).ok()) return {failed(problem)};
  const dump::Process& stated = of_tape.opening().process;
  return {reach_of(sink, oldest, plan),
          bytes_of(static_cast<double>(stated.region_bytes), static_cast<double>(file.st_blocks) * 512),
          bytes_of(static_cast<double>(stated.staging_bytes), kept + most - before),
          bytes_of(static_cast<double>(stated.other_bytes), with_recorder - kept - without_recorder)};
}

std::vector<Figure> measure(const Plan& plan) {
  double without_recorder = 0;
  Plan brief = plan;
  brief.between = brief.after = 10ms;
  run_threads(brief, [&] { without_recorder = status_bytes("RssAnon"); });
  Session session;
  if (const std::string problem = session.problem(); !problem.empty()) return {failed(problem)};
  std::vector<Figure> figures;
  run_threads(plan, [&] { figures = look(session, plan, without_recorder); });
  return figures;
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  Plan plan;
  if (options.quick) plan = {.threads = 20, .busy = 2, .between = 10ms, .after = 50ms, .burst = 20};
  register_group(
      "reach", {"busy_threads", "memory_region", "memory_staging", "memory_everything_else"},
      [plan] { return measure(plan); }, benchmark::kMillisecond);
  return run_all();
}

}  // namespace
}  // namespace looptape::bench

int main(int argc, char** argv) { return looptape::bench::run(argc, argv); }
