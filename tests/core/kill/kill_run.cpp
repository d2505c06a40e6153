#include "tests/core/kill/kill_run.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/engine.h"
#include "dump/assembler.h"
#include "dump/region_reader.h"
#include "looptape/looptape.h"

#ifdef LOOPTAPE_MEMORY_POLICY_HEADER
void looptape::core::KillingMemory::die() noexcept {
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();  // until the signal is delivered
}
#endif

namespace looptape::testing {
namespace {

constexpr std::size_t kThreads = 2;
constexpr std::uint64_t kMostIterations = 400'000;  // the plan comes first

struct Shared {
  std::atomic<std::uint64_t> recording{0};
  struct alignas(64) Thread {
    std::atomic<std::uint64_t> stream{0}, acknowledged{0};
  } threads[kThreads];
};

std::uint64_t check_of(std::uint64_t k) { return core::mix64(k * 2 + 1); }

std::string text_for(std::uint64_t check) {
  std::string text;
  for (std::uint64_t word = check; text.size() < 48; word = core::mix64(word)) text += std::to_string(word);
  text.resize(check % 49);
  return text;
}

void iterate(std::uint64_t k) {
  Stage<"work"> stage;
  const std::uint64_t check = check_of(k);
  stage.set<"check">(check);
  stage.set<"text">(text_for(check));
}

void record(Shared::Thread& shared, const std::vector<std::string>& names) {
  event<"begin">();  // the lease
  shared.stream.store(core::t_writer->stream);
  for (std::uint64_t k = 1; k <= kMostIterations; ++k) {
    if (k % 16 == 0) {
      Request request{{.kind = "request", .tenant = "tenant", .session = "session"}};
      iterate(k);
    } else {
      iterate(k);
    }
    if (k % 32 == 0 && k / 32 <= names.size()) intern(names[k / 32 - 1]);
    event<"seq">(k);
    shared.acknowledged.store(k, std::memory_order_release);
  }
}

[[noreturn]] void run_child(Shared& shared, const KillPlan& plan, const std::string& directory) {
  core::EngineSettings settings;
  settings.region.service = "killed";
  settings.region.directory = directory;
  settings.region.budget_bytes = std::size_t{2} << 20;
  settings.region.max_threads = 4;
  settings.region.max_in_flight = 16;
  std::string problem;
  if (core::Engine::start(settings, &problem) == nullptr || !problem.empty()) ::_exit(3);
  std::vector<std::string> names(100);
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = "name " + std::to_string(i);
#ifdef LOOPTAPE_MEMORY_POLICY_HEADER
  core::KillingMemory::passings_left = plan.passing;
  core::KillingMemory::chosen_point = static_cast<unsigned>(plan.point);
#else
  (void)plan;
#endif
  shared.recording = 1;
  std::thread other([&] { record(shared.threads[1], names); });
  record(shared.threads[0], names);
  other.join();
  ::_exit(4);  // it should not have come to this
}

// What one stream's rows showed.
struct StreamSeen {
  std::uint64_t first = 0, last = 0, events = 0, stages = 0, lost_attributes = 0, last_end = 0;
  std::uint64_t check = 0;
  bool has_check = false;
};

class Checker : public dump::Sink {
 public:
  void opening(const dump::Opening& given) override { opening_ = given; }
  void block(const dump::Block& block) override {
    StreamSeen& seen = streams_[block.stream];
    for (const dump::AttributeRow& row : block.attributes) check_attribute(row, block, seen);
    for (const dump::StageRow& row : block.stages) {
      if (name(row.site) != "work") continue;
      ++seen.stages;
      seen.lost_attributes += row.lost_attributes;
      seen.last_end = row.start + row.duration;
      if (row.attributes != 2) wrong("a stage with another number of attributes");
    }
    for (const dump::PointRow& row : block.points) check_event(row, seen);
  }
  void closing(const dump::Closing& given) override { closing_ = given; }
  void damage(const dump::Damage& given) override { wrong("damage: " + given.what); }

  void wrong(const std::string& what) {
    if (problem_.empty()) problem_ = what;
  }
  const std::string& problem() const { return problem_; }
  const dump::Opening& opening() const { return opening_; }
  const dump::Closing& closing() const { return closing_; }
  const StreamSeen& seen(std::uint64_t stream) { return streams_[static_cast<std::uint16_t>(stream)]; }
  std::string name(std::size_t site) const { return opening_.names.at(site).text; }

 private:
  void check_attribute(const dump::AttributeRow& row, const dump::Block& block, StreamSeen& seen) {
    const std::string key = name(row.key);
    if (key == "check") {
      seen.check = row.value;
      seen.has_check = true;
    } else if (key == "text" && seen.has_check) {  // the first may have lost its number to the ring
      if (block.text.substr(row.text, row.length) != text_for(seen.check)) wrong("a text that does not fit its number");
      if (row.value != row.length) wrong("a text of another length");
      seen.has_check = false;
    }
  }
  void check_event(const dump::PointRow& row, StreamSeen& seen) {
    if (name(row.site) != "seq") return;
    if (seen.events == 0) seen.first = row.value;
    if (seen.events != 0 && row.value != seen.last + 1)
      wrong("a hole between " + std::to_string(seen.last) + " and " + std::to_string(row.value));
    seen.last = row.value;
    ++seen.events;
  }

  std::string problem_;
  dump::Opening opening_;
  dump::Closing closing_;
  std::map<std::uint16_t, StreamSeen> streams_;
};

// What can be told from the raw words.
struct Raw {
  std::uint64_t chunks = 0, reserve = 0, whole = 0, odd = 0;
  bool beyond_committed = false;
};

Raw look_at(const std::string& path) {
  Raw raw;
  dump::RegionReader reader;
  if (reader.open(path)) throw std::runtime_error("cannot open " + path);
  raw.chunks = reader.geometry().chunks.count;
  raw.reserve = reader.header()[core::header::kPools + 3];
  std::vector<std::uint64_t> words(reader.geometry().chunks.bytes / core::kWordBytes);
  for (std::uint64_t i = 0; i < raw.chunks; ++i) {
    const auto bytes = reader.geometry().chunks.bytes;
    if (::pread(reader.descriptor(), words.data(), bytes, static_cast<off_t>(reader.geometry().chunks.at(i))) !=
        static_cast<ssize_t>(bytes))
      throw std::runtime_error("cannot read " + path);
    const std::uint64_t generation = words[core::chunk::kGeneration];
    raw.odd += generation % 2;
    if (generation == 0 || generation % 2 != 0) continue;
    ++raw.whole;
    const std::uint64_t committed = words[core::chunk::kCommitted];
    // Only a chunk in its first life tells: what lies beyond was zero.
    if (generation == 2 && committed < bytes) raw.beyond_committed |= words[committed / core::kWordBytes] != 0;
  }
  return raw;
}

std::uint64_t overwritten(const Checker& rows, std::uint64_t id) {
  for (const dump::Stream& stream : rows.closing().streams)
    if (stream.id == id) return stream.overwritten;
  return 0;
}

void check_streams(Checker& rows, const Raw& raw, const Shared& shared, KillResult& result) {
  std::uint64_t present = 0;
  for (const dump::Stream& stream : rows.closing().streams) {
    present += stream.chunks;
    if (stream.gaps.size() > 1) rows.wrong("more than one gap in a stream");
    for (const dump::Gap& gap : stream.gaps)
      if (gap.reason != dump::GapReason::kOverwritten) rows.wrong("a gap of another kind than the ring's");
    result.wrapped |= !stream.gaps.empty();
    result.read += stream.records;
  }
  for (std::size_t i = 0; i < kThreads; ++i) {
    const std::uint64_t acknowledged = shared.threads[i].acknowledged.load();
    const StreamSeen& seen = rows.seen(shared.threads[i].stream.load());
    result.acknowledged += acknowledged;
    if (acknowledged == 0) continue;
    // A thread that was off the CPU while the other one filled the ring: all it had closed is overwritten, and its open
    // chunk is too young for an event.
    if (seen.events == 0 && overwritten(rows, shared.threads[i].stream.load()) >= acknowledged) continue;
    if (seen.last < acknowledged)
      rows.wrong("acknowledged " + std::to_string(acknowledged) + ", found only " + std::to_string(seen.last));
    if (seen.last > acknowledged + 1) rows.wrong("more found than was recorded");
    if (seen.events != seen.last - seen.first + 1) rows.wrong("not every event between the first and the last");
    // A stage ends before its event; at most one more has ended, one less when the ring ends between the two.
    if (seen.stages + 1 < seen.events || seen.stages > seen.events + 1) rows.wrong("stages and events do not pair");
    if (seen.lost_attributes > (seen.first > 1 ? 2u : 0u)) rows.wrong("attributes lost where nothing was overwritten");
  }
  // What still fits: nothing is overwritten before all but the reserve is in use.  Each thread may have one chunk in
  // its hands that is not whole yet, and two that look for a free one at once may leave one free chunk untouched
  // meanwhile.
  if (present != raw.whole) rows.wrong("a whole chunk was not read");
  if (result.wrapped && raw.whole + kThreads + 1 < raw.chunks - raw.reserve) rows.wrong("chunks are missing");
  if (raw.odd > kThreads) rows.wrong("more chunks being recycled than there are writers");
}

void check_open(Checker& rows, const Shared& shared) {
  std::array<unsigned, kThreads> working{};
  for (const dump::OpenStage& open : rows.opening().open_stages) {
    const std::string name = rows.name(open.site);
    if (name != "work" && name != "request") rows.wrong("an open stage that nobody began: " + name);
    for (std::size_t i = 0; i < kThreads; ++i)
      if (open.stream == shared.threads[i].stream.load() && name == "work") {
        ++working[i];
        if (open.start < rows.seen(open.stream).last_end) rows.wrong("a finished stage is shown as open");
      }
  }
  for (const unsigned stages : working)
    if (stages > 1) rows.wrong("more stages open than were begun");
  if (rows.opening().open_requests.size() > kThreads) rows.wrong("more requests in flight than threads");
  if (rows.opening().process.alive || rows.opening().process.clean_exit) rows.wrong("not shown as dead");
}

void check_region(const std::string& path, const KillPlan& plan, const Shared& shared, KillResult& result) {
  const Raw raw = look_at(path);
  dump::RegionReader reader;
  dump::RegionCopy copy;
  if (const dump::RegionError error = reader.open(path)) throw std::runtime_error(error.text);
  if (const dump::RegionError error = reader.read(&copy)) throw std::runtime_error(error.text);
  Checker rows;
  dump::assemble(copy, {}, rows);
  check_streams(rows, raw, shared, result);
  check_open(rows, shared);
  // At these points a thread stands inside its stage (requests and names are not stages).
  const bool in_stage = plan.point == core::Point::kStagePushed;
  if (in_stage && rows.opening().open_stages.empty()) rows.wrong("the stage it died in is not shown");
  if (plan.point == core::Point::kFlightPublished && rows.opening().open_requests.empty())
    rows.wrong("the request it died in is not shown");
  result.inside_a_write = raw.beyond_committed || raw.odd > 0;
  result.problem = rows.problem();
}

std::string only_file(const std::string& directory) {
  const std::string inner = directory + "/looptape-" + std::to_string(::geteuid());
  std::string found;
  for (const auto& entry : std::filesystem::directory_iterator(inner)) found = entry.path().string();
  return found;
}

}  // namespace

KillResult kill_once(const KillPlan& plan, const std::string& directory) {
  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::runtime_error("no shared page");
  Shared& shared = *new (page) Shared;
  const pid_t child = ::fork();
  if (child == 0) run_child(shared, plan, directory);
  int status = 0;
  pid_t ended = 0;
  const auto most = [&] {
    return std::max(shared.threads[0].acknowledged.load(), shared.threads[1].acknowledged.load());
  };
  if (plan.point == core::Point::kCount) {
    while (ended == 0 && (shared.recording.load() == 0 || most() < plan.at_acknowledged)) {
      ::sched_yield();
      ended = ::waitpid(child, &status, WNOHANG);
    }
    if (ended == 0) ::kill(child, SIGKILL);
  }
  if (ended == 0) ::waitpid(child, &status, 0);
  KillResult result;
  result.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (result.killed) {
    const std::string path = only_file(directory);
    check_region(path, plan, shared, result);
    ::unlink(path.c_str());
  } else {
    result.problem = "it was not killed: status " + std::to_string(status);
  }
  ::munmap(page, 4096);
  return result;
}

}  // namespace looptape::testing
