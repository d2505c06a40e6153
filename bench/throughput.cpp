// How fast a recording leaves the process and is read again.
//
//   looptape_bench_throughput [--quick] [--benchmark_…]
//
// The region is full: of stages alone, or of a mixture with attributes and events.  A dump is compared with write and
// fsync of as many bytes into the same directory, turn by turn.  Tapes are read from the page cache.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "bench/counting_sink.h"
#include "bench/report.h"
#include "bench/session.h"
#include "core/engine.h"
#include "dump/assembler.h"
#include "dump/dump_writer.h"
#include "dump/snapshot.h"
#include "dump/tape_reader.h"

namespace looptape::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

template <class Work>
double seconds_of(Work work) {
  const auto begin = Clock::now();
  work();
  return seconds_since(begin);
}

// More than the region holds.
void fill(bool mixed) {
  const Request request{{.kind = "bench", .tenant = "acme"}};
  for (unsigned i = 0; i < 3'000'000; ++i) {
    Stage<"outer"> outer;
    if (!mixed) continue;
    if (i % 4 == 0) {
      outer.set<"candidates">(i);
      outer.set<"model">("all-minilm-l6-v2");
    }
    if (i % 8 == 0) event<"cache_miss">(i);
    Stage<"inner"> inner;
  }
}

// Writes `bytes` into a new file of `directory` and waits until they are on the disk.
double write_plainly(const std::string& directory, std::size_t bytes) {
  const std::string path = directory + "/plain";
  std::vector<char> block(std::size_t{1} << 20);
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 2654435761u >> 13);
  const double seconds = seconds_of([&] {
    const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    for (std::size_t left = bytes; left > 0 && fd >= 0;) {
      const ssize_t written = ::write(fd, block.data(), std::min(left, block.size()));
      if (written <= 0) break;
      left -= static_cast<std::size_t>(written);
    }
    ::fsync(fd);
    ::close(fd);
  });
  ::unlink(path.c_str());
  return seconds;
}

// CPU time of the recorder's own thread so far.
double recorder_cpu_ms() {
  const auto& word = core::Engine::current()->region.header(core::header::kRecorderCpu);
  return static_cast<double>(word.load(std::memory_order_relaxed)) * 1e-6;  // a counter
}

double dump_once(Session& session, std::string* path, std::string* error) {
  return seconds_of([&] { *path = session.recorder().dump_and_wait("bench", error); });
}

Figure failed(std::string why) {
  Figure figure;
  figure.error = std::move(why);
  return figure;
}

Figure per_second(std::vector<double>& seconds, const char* what, double amount) {
  Figure figure;
  const double middle = median(seconds);
  figure.ns = middle * 1e9;
  figure.counters = {
      {what, amount / middle}, {"fastest_ms", quantile(seconds, 0) * 1e3}, {"slowest_ms", quantile(seconds, 1) * 1e3}};
  return figure;
}

// Dump and plain write in turns; then the tape is read.
std::vector<Figure> measure_tape(Session& session, bool mixed, unsigned times) {
  fill(mixed);
  std::vector<double> dumps, writes, reads, cpu_ms;
  std::string path, error;
  std::size_t bytes = 0;
  for (unsigned i = 0; i < times; ++i) {
    if (!path.empty()) ::unlink(path.c_str());
    fill(mixed);
    const double before = recorder_cpu_ms();
    dumps.push_back(dump_once(session, &path, &error));
    cpu_ms.push_back(recorder_cpu_ms() - before);
    if (path.empty()) return {failed(error), failed(error), failed(error)};
    bytes = std::filesystem::file_size(path);
    writes.push_back(write_plainly(session.directory(), bytes));
  }
  std::uint64_t rows = 0;
  for (unsigned i = 0; i < times; ++i) {
    CountingSink sink;
    reads.push_back(seconds_of([&] {
      dump::FileSource source;
      if (!source.open(path)) dump::read_tape(source, sink);
    }));
    if (sink.rows() == 0 || sink.damages() != 0) error = "the tape could not be read back whole";
    rows = sink.rows();
  }
  ::unlink(path.c_str());
  const auto size = static_cast<double>(bytes);
  const double first_ms = dumps.front() * 1e3;
  Figure dump = per_second(dumps, "bytes_per_second", size);
  dump.counters.emplace_back("ratio", median(dumps) / median(writes));
  dump.counters.emplace_back("first_ms", first_ms);
  dump.counters.emplace_back("cpu_ms", median(cpu_ms));
  dump.counters.emplace_back("tape_bytes", size);
  dump.counters.emplace_back("bytes_per_row", size / static_cast<double>(rows));
  Figure read = per_second(reads, "rows_per_second", static_cast<double>(rows));
  read.counters.emplace_back("rows", static_cast<double>(rows));
  read.error = error;
  return {dump, per_second(writes, "bytes_per_second", size), read};
}

// Dumps whose memory is new each time: `made` beforehand, as the recorder's thread does, or as the copy goes on.
double dump_with_new_memory(Session& session, bool made, std::size_t* bytes, std::string* error) {
  core::Engine& engine = *core::Engine::current();
  dump::Staging staging;
  while (made && dump::grow_staging(engine, staging, std::size_t{1} << 20)) {
  }
  dump::DumpOutcome outcome;
  const double seconds = seconds_of([&] {
    dump::Snapshot snapshot(engine);
    if (!snapshot.reserve(0, std::move(staging))) return;
    const dump::RegionCopy copy = snapshot.finish();
    outcome = dump::DumpWriter({.directory = session.directory() + "/new-memory"}).write(copy, dump::Trigger{});
  });
  *error = outcome.error;
  if (outcome.path.empty()) {
    if (error->empty()) *error = "no staging memory";
    return seconds;
  }
  *bytes = std::filesystem::file_size(outcome.path);
  ::unlink(outcome.path.c_str());
  return seconds;
}

std::vector<Figure> measure_new_memory(Session& session, unsigned times) {
  fill(false);
  std::vector<double> made, unmade, writes;
  std::string error;
  std::size_t bytes = 0;
  for (unsigned i = 0; i < times && error.empty(); ++i) {
    fill(false);
    made.push_back(dump_with_new_memory(session, true, &bytes, &error));
    if (!error.empty()) break;
    fill(false);
    unmade.push_back(dump_with_new_memory(session, false, &bytes, &error));
    writes.push_back(write_plainly(session.directory(), bytes));
  }
  if (!error.empty()) return {failed(error), failed(error), failed(error)};
  std::vector<Figure> figures;
  for (std::vector<double>* seconds : {&made, &unmade, &writes}) {
    figures.push_back(per_second(*seconds, "bytes_per_second", static_cast<double>(bytes)));
    figures.back().counters.emplace_back("ratio", median(*seconds) / median(writes));
  }
  return figures;
}

// The copy alone, and rows made of it.
std::vector<Figure> measure_snapshot(bool mixed, unsigned times) {
  fill(mixed);
  std::vector<double> copies, assemblies;
  double bytes = 0, rows = 0;
  for (unsigned i = 0; i < times; ++i) {
    fill(mixed);
    dump::Snapshot snapshot(*core::Engine::current());
    dump::RegionCopy copy;
    bool reserved = true;
    copies.push_back(seconds_of([&] {
      reserved = snapshot.reserve(0);
      if (reserved) copy = snapshot.finish();
    }));
    if (!reserved) return {failed("no staging memory"), failed("no staging memory")};
    bytes = static_cast<double>(copy.chunks.copied_bytes());
    CountingSink sink;
    assemblies.push_back(seconds_of([&] { dump::assemble(copy, dump::Trigger{}, sink); }));
    rows = static_cast<double>(sink.rows());
  }
  return {per_second(copies, "bytes_per_second", bytes), per_second(assemblies, "rows_per_second", rows)};
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const std::unique_ptr<Session> session = Session::start_apart(argv[0]);
  if (!session) return 1;
  const unsigned times = options.scale(9u, 1u);
  for (const bool mixed : {false, true}) {
    const std::string group = mixed ? "throughput/mixed" : "throughput/stages";
    register_group(
        group, {"dump_to_durable_file", "write_and_fsync", "read_tape"},
        [=, &session] { return measure_tape(*session, mixed, times); }, benchmark::kMillisecond);
    register_group(
        group, {"snapshot_copy", "assemble_region"}, [=] { return measure_snapshot(mixed, times); },
        benchmark::kMillisecond);
  }
  register_group(
      "throughput/new_memory", {"made_before_dump", "made_by_dump", "write_and_fsync"},
      [=, &session] { return measure_new_memory(*session, times); }, benchmark::kMillisecond);
  return run_all();
}

}  // namespace
}  // namespace looptape::bench

int main(int argc, char** argv) { return looptape::bench::run(argc, argv); }
