// What a dump with a post-trigger delay takes at most, however much is recorded while it waits.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "dump/recorder_thread.h"
#include "dump/snapshot.h"
#include "looptape/looptape.h"
#include "tests/dump/snapshot/running_engine.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;

namespace {

constexpr std::size_t kDelayRecord = 16;  // bytes of a stage
constexpr std::uint64_t kHourNs = std::uint64_t{3600} * 1'000'000'000;

// Bytes that the system says are in memory of all staging there is in this process: of its private mappings, those that
// forks do not get (dc) and that have no huge pages (nh).
std::size_t staging_in_memory() {
  std::ifstream smaps("/proc/self/smaps");
  std::size_t all = 0, resident = 0;
  for (std::string line; std::getline(smaps, line);) {
    std::istringstream words(line);
    std::string key, flag;
    words >> key;
    if (key == "Rss:") words >> resident;
    if (key != "VmFlags:") continue;
    std::vector<std::string> flags;
    while (words >> flag) flags.push_back(flag);
    const auto has = [&](const char* name) { return std::find(flags.begin(), flags.end(), name) != flags.end(); };
    if (has("dc") && has("nh") && !has("sh")) all += resident * 1024;
  }
  return all;
}

// Threads that record flat out until this object's end.
class Fillers {
 public:
  explicit Fillers(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i)
      threads_.emplace_back([this] {
        while (!stopping_.load()) {
          for (int n = 0; n < 64; ++n) Stage<"filling"> stage;
          written_.fetch_add(64);
        }
      });
  }
  ~Fillers() {
    stopping_.store(true);
    for (std::thread& thread : threads_) thread.join();
  }
  void wait_for(std::uint64_t more) const {
    const std::uint64_t until = written_.load() + more;
    while (written_.load() < until) std::this_thread::yield();
  }

 private:
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> written_{0};
  std::vector<std::thread> threads_;
};

// What was seen of a dump while it was written.
struct Seen {
  std::string trigger;
  std::size_t room = 0, copies = 0, resident = 0, in_memory = 0;
};

}  // namespace

TEST_CASE("a snapshot with room for a delay takes twice the region's chunks and one, however often these are filled") {
  RunningEngine engine;
  const std::size_t chunks = engine->region.chunk_count(), bytes = engine->region.chunk_bytes();
  std::uint64_t written = 0;
  const auto fill = [&](std::size_t count) {
    for (std::size_t i = 0; i < count * bytes / kDelayRecord; ++i, ++written) Stage<"filling"> stage;
  };
  fill(1);
  const std::uint64_t besides = decode(engine.outside()).stream(0).records - written;  // who owns the stream
  fill(2 * chunks);
  Snapshot snapshot(*engine);
  CHECK(snapshot.at_risk(static_cast<std::uint64_t>(kHourNs * engine->ticks_per_ns)) <= chunks);
  REQUIRE(snapshot.reserve(chunks));
  for (int turn = 0; turn < 5; ++turn) {  // five regions full, of which more than four are copied
    snapshot.copy_oldest(chunks);
    CHECK(staging_in_memory() <= (2 * chunks + 1) * bytes);
    fill(chunks);
  }
  const RegionCopy copy = snapshot.finish();
  CHECK(copy.chunks.copies().size() == 2 * chunks);
  CHECK(copy.chunks.resident_bytes() == (2 * chunks + 1) * bytes);
  CHECK(copy.chunks.resident_bytes() <= 2 * engine->region.bytes());
  CHECK(staging_in_memory() > 2 * chunks * (bytes - 4096));  // it is this that is looked at
  CHECK(staging_in_memory() <= (2 * chunks + 1) * bytes);
  const Account account = account_of(decode(copy), 0);
  CHECK(account.read + account.missing == written + besides);
}

TEST_CASE("a dump that waits takes at most twice the region, one that is asked for meanwhile the region beside it") {
  RunningEngine engine;
  const std::size_t chunks = engine->region.chunk_count(), bytes = engine->region.chunk_bytes();
  const std::uint64_t records = chunks * bytes / kDelayRecord;
  std::vector<Seen> seen;
  RecorderThread::Settings settings;
  settings.policy.delay_ns = kHourNs;
  settings.write = [&](const RegionCopy& copy, const Trigger& trigger) -> DumpOutcome {
    seen.push_back({trigger.name, copy.chunks.capacity(), copy.chunks.copies().size(), copy.chunks.resident_bytes(),
                    staging_in_memory()});
    return {"a.tape", {}, false};
  };
  const auto asked = [&](const char* name) {
    core::TriggerPost post;
    post.tick = engine->now();
    post.name = core::register_name(name, Kind::other);
    post.kind = core::TriggerKind::kCall;
    return post;
  };
  Fillers fillers(3);
  fillers.wait_for(2 * records);
  RecorderThread thread(*engine, settings);
  REQUIRE(engine->post(asked("waits")));
  REQUIRE(thread.start());
  thread.dump_and_wait(asked("meanwhile"));  // heard the trigger before, and copied what was at risk
  fillers.wait_for(4 * records);
  thread.dump_and_wait(asked("later"));  // in the memory of the one before
  fillers.wait_for(4 * records);
  thread.stop();  // writes the one that waits
  REQUIRE(seen.size() == 3);
  for (const Seen& one : seen) {
    INFO(one.trigger);
    const std::size_t room = one.trigger == "waits" ? 2 * chunks : chunks;
    CHECK(one.room == room);
    CHECK(one.copies <= room);
    CHECK(one.resident <= (room + 1) * bytes);
    CHECK(one.in_memory <= (3 * chunks + 2) * bytes);  // of that and what waits, or is kept for the next
  }
  CHECK(seen.back().trigger == "waits");
  CHECK(seen.back().copies > chunks);  // what it had copied early, and the whole region
}
