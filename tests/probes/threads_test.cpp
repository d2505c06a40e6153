// Threads that come, go, wait and start late: slots and chunks are reused, and all busy ones reach back equally far.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "looptape/looptape.h"
#include "tests/core/sanitized.h"
#include "tests/dump/snapshot/running_engine.h"

using namespace looptape;
using namespace looptape::dump::testing;
using core::Loss;
using looptape::testing::kSanitized;

namespace {

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// `generations` × `at_once` threads, ten stages each; every record accounted for.
void churn(unsigned generations, unsigned at_once) {
  constexpr unsigned kStages = 10;
  RunningEngine engine;
  const auto generation = [&] {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < at_once; ++i)
      threads.emplace_back([] {
        for (unsigned n = 0; n < kStages; ++n) Stage<"short life"> stage;
      });
    for (std::thread& thread : threads) thread.join();
  };
  for (int i = 0; i < 50; ++i) generation();  // the C library's caches and the region's pages
  const std::size_t resident = resident_bytes();
  for (unsigned i = 50; i < generations; ++i) generation();
  if (!kSanitized) CHECK(resident_bytes() < resident + (std::size_t{4} << 20));

  const Rows rows = engine.rows();
  std::uint64_t leases = 0, records = 0;
  for (const auto& stream : rows.close.streams) {
    const Account account = account_of(rows, stream.id);
    CHECK(account.dropped == 0);
    records += account.read + account.missing;
    leases += stream.owners.back().ordinal;
  }
  CHECK(rows.close.streams.size() <= at_once + 1);  // slots are used again
  CHECK(leases == std::uint64_t{generations} * at_once);
  CHECK(records == leases * (kStages + 2));  // and each lease its owner and context records
  CHECK(engine.loss(Loss::kNoSlot) == 0);
  CHECK(engine.loss(Loss::kStageAbandoned) == 0);
  CHECK(rows.open.open_stages.empty());
  CHECK(rows.damages.empty());
}

// Of a busy stream: tickets of the first event of its oldest chunk, and of the one after it.
struct Reach {
  std::uint64_t first = 0, second = 0;
};

class ReachSink : public dump::Sink {
 public:
  void opening(const dump::Opening& given) override { opening_ = given; }
  void block(const dump::Block& block) override {
    if (block.points.empty() || opening_.names.at(block.points.back().site).text != "busy") return;
    unsigned& chunks = chunks_[block.stream];
    if (chunks == 0) reach[block.stream].first = block.points.front().value;
    if (chunks == 1) reach[block.stream].second = block.points.front().value;
    ++chunks;
  }
  void closing(const dump::Closing&) override {}
  std::map<std::uint16_t, Reach> reach;

 private:
  dump::Opening opening_;
  std::map<std::uint16_t, unsigned> chunks_;
};

}  // namespace

TEST_CASE("threads that live for ten stages: slots and chunks are used again, nothing is lost unnamed") {
  churn(1'000, 4);
}

TEST_CASE("a hundred thousand threads of ten stages each", "[slow][nosan]") { churn(25'000, 4); }

// Not under a sanitizer: 200 threads that take turns by spinning are minutes there, and only one at a time records.
TEST_CASE("of 200 threads 8 are busy, each begun later than the one before: all reach back equally far", "[nosan]") {
  constexpr unsigned kIdle = 192, kBusy = 8;
  RunningEngine engine([](core::EngineSettings& settings) {
    settings.region.budget_bytes = std::size_t{16} << 20;
    settings.region.max_threads = 256;
  });
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false;
  std::atomic<unsigned> idle{0};
  std::atomic<std::uint64_t> turn{0};
  std::uint64_t ticket = 1;  // whoever has the turn
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kIdle; ++i)
    threads.emplace_back([&] {
      event<"idle">();
      ++idle;
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return over; });
    });
  while (idle.load() < kIdle) std::this_thread::yield();

  // The busy ones take turns of less than a chunk, so that no scheduler decides; each joins some rounds after the last.
  const std::uint64_t chunk_records = (engine->region.chunk_bytes() - core::keyframe_bytes(0)) / 16;
  constexpr std::uint64_t kApart = 8, kTurn = 1000;  // rounds, events
  const std::uint64_t rounds = kApart * kBusy + 2 * engine->region.chunk_count() * chunk_records / (kBusy * kTurn);
  for (std::uint64_t i = 0; i < kBusy; ++i)
    threads.emplace_back([&, i] {
      for (std::uint64_t round = 0; round < rounds; ++round) {
        while (turn.load(std::memory_order_acquire) != round * kBusy + i) std::this_thread::yield();
        for (std::uint64_t n = 0; n < kTurn && round >= i * kApart; ++n) event<"busy">(ticket++);
        turn.fetch_add(1, std::memory_order_release);
      }
    });
  for (std::size_t i = kIdle; i < threads.size(); ++i) threads[i].join();
  ReachSink rows;
  dump::assemble(engine.snapshot(), {}, rows);
  {
    const std::lock_guard lock(mutex);
    over = true;
  }
  changed.notify_all();
  for (unsigned i = 0; i < kIdle; ++i) threads[i].join();

  // Chunks go in the order of their closing, and one is closed when its stream's next begins.  So the oldest chunk that
  // a stream still has was closed after the newest one that any stream has lost: all reach back to within one chunk.
  REQUIRE(rows.reach.size() == kBusy);
  std::uint64_t newest_lost = 0;
  for (const auto& [stream, reach] : rows.reach) newest_lost = std::max(newest_lost, reach.first);
  CHECK(newest_lost > kApart * kBusy * kBusy * kTurn);  // the ring has turned over since the last one joined
  for (const auto& [stream, reach] : rows.reach) {
    INFO("stream " << stream << " reaches back to " << reach.first << ", another one only to " << newest_lost);
    CHECK(reach.second >= newest_lost);
  }
}

TEST_CASE("a thread without a slot asks again, and gets one when another thread has ended") {
  RunningEngine engine([](core::EngineSettings& settings) { settings.region.max_threads = 1; });
  std::thread first([] { event<"first">(); });
  first.join();
  std::atomic<bool> over{false};
  std::thread holder([&] {
    event<"holder">();
    while (!over.load()) std::this_thread::yield();
  });
  while (engine.outside().slots.at(0).ordinal < 2) std::this_thread::yield();
  for (int i = 0; i < 100; ++i) event<"dropped">();
  over = true;
  holder.join();
  for (int i = 0; i < 3'000; ++i) event<"kept">();  // the back-off is at most 1024 calls
  const Rows rows = engine.rows();
  std::uint64_t kept = 0, dropped = 0;
  for (const auto& point : rows.points) {
    kept += point.name == "kept";
    dropped += point.name == "dropped";
  }
  CHECK(kept > 0);
  CHECK(dropped == 0);
  CHECK(kept + engine.loss(Loss::kNoSlot) == 3'100);
}

// The bug that was: a thread between its look at the switch and opening its fast path again went on recording.
TEST_CASE("once pause has returned, a thread records at most what it had begun") {
  RunningEngine engine;
  std::atomic<std::uint64_t> calls{0};
  std::atomic<bool> stopping{false};
  std::thread writer([&] {
    while (!stopping.load(std::memory_order_relaxed)) {
      { Stage<"stage"> stage; }
      event<"event">();
      calls.fetch_add(1, std::memory_order_release);
    }
  });
  const auto pass = [&](std::uint64_t more) {
    const std::uint64_t from = calls.load(std::memory_order_acquire);
    while (calls.load(std::memory_order_acquire) < from + more) {
    }
  };
  const auto records = [&] {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const core::Word* const words = engine->region.slot(i);
      const std::uint64_t chunk = words[core::slot::kChunk].load(std::memory_order_acquire);
      if (chunk != 0)
        sum +=
            engine->region.chunk(chunk - 1)[core::chunk::kCommitted].load() + 7 * words[core::slot::kSequence].load();
    }
    return sum;
  };
  pass(10);
  unsigned went_on = 0;
  for (int round = 0; round < 3'000; ++round) {
    engine->pause();
    pass(2);  // whatever had begun has ended
    const std::uint64_t before = records();
    pass(3);
    went_on += records() != before;
    engine->resume();
    pass(1);
  }
  stopping = true;
  writer.join();
  CHECK(went_on == 0);
  CHECK(engine.rows().damages.empty());
}
