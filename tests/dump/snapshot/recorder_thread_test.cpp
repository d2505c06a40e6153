// The recorder's thread when what it calls fails, and dumps that meet.
#include "dump/recorder_thread.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "dump/dump_writer.h"
#include "looptape/looptape.h"
#include "tests/dump/snapshot/running_engine.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;

// In place of core's (CMakeLists.txt): as if somebody posted again whenever one was taken.
static std::atomic<bool> g_never_empty{false};
extern "C" bool __real__ZN8looptape4core12TriggerQueue3popEPNS0_11TriggerPostE(core::TriggerQueue*, core::TriggerPost*);
extern "C" bool __wrap__ZN8looptape4core12TriggerQueue3popEPNS0_11TriggerPostE(core::TriggerQueue* queue,
                                                                               core::TriggerPost* post) {
  if (!g_never_empty) return __real__ZN8looptape4core12TriggerQueue3popEPNS0_11TriggerPostE(queue, post);
  *post = {};
  post->kind = core::TriggerKind::kCall;
  return true;
}

namespace {

core::TriggerPost asked(RunningEngine& engine, const char* name) {
  core::TriggerPost post;
  post.tick = engine->now();
  post.name = core::register_name(name, Kind::other);
  post.kind = core::TriggerKind::kCall;
  return post;
}

}  // namespace

TEST_CASE("what is thrown while a dump is written is a failed dump, and the next one is made") {
  RunningEngine engine;
  { Stage<"stage"> stage; }
  std::vector<std::string> said;
  bool fail = true;
  RecorderThread::Settings settings;
  settings.at_start = [] { throw 7; };
  settings.write = [&](const RegionCopy&, const Trigger&) -> DumpOutcome {
    if (fail) throw std::bad_alloc();
    return {"a.tape", {}, false};
  };
  settings.say = [&](const std::string& text) {
    said.push_back(text);
    throw std::runtime_error("from the application");
  };
  RecorderThread thread(*engine, settings);
  REQUIRE(thread.start());
  const DumpOutcome first = thread.dump_and_wait(asked(engine, "first"));
  CHECK(first.path.empty());
  CHECK(first.error == std::bad_alloc().what());
  fail = false;
  CHECK(thread.dump_and_wait(asked(engine, "second")).path == "a.tape");
  thread.stop();
  REQUIRE(said.size() == 2);
  CHECK(said[0].find("old regions") != std::string::npos);
  CHECK(said[1].find("given up") != std::string::npos);
  CHECK(engine->region.header(core::header::kDumpsFailed).load() == 1);
  CHECK(engine->region.header(core::header::kDumpsWritten).load() == 1);
}

TEST_CASE("whoever never stops asking for dumps keeps the recorder's thread from nothing else") {
  RunningEngine engine;
  RecorderThread::Settings settings;
  settings.policy.cooldown_ns = ~std::uint64_t{0} / 2;
  settings.write = [](const RegionCopy&, const Trigger&) -> DumpOutcome { return {"a.tape", {}, false}; };
  RecorderThread thread(*engine, settings);
  g_never_empty = true;
  REQUIRE(thread.start());
  for (int i = 0; i < 3; ++i) CHECK(thread.dump_and_wait(asked(engine, "between")).path == "a.tape");
  thread.stop();
  g_never_empty = false;
  const auto call = static_cast<std::size_t>(core::TriggerKind::kCall);
  CHECK(engine->region.header(core::header::kTriggersSeen + call).load() > core::TriggerQueue::kCapacity);
}

TEST_CASE("the recorder's own thread is refused a dump that it would have to wait for itself") {
  RunningEngine engine;
  RecorderThread* self = nullptr;
  DumpOutcome inner;
  RecorderThread::Settings settings;
  settings.write = [&](const RegionCopy&, const Trigger&) -> DumpOutcome {
    inner = self->dump_and_wait(asked(engine, "inner"));
    return {"a.tape", {}, false};
  };
  RecorderThread thread(*engine, settings);
  self = &thread;
  REQUIRE(thread.start());
  CHECK(thread.dump_and_wait(asked(engine, "outer")).path == "a.tape");
  CHECK(inner.error.find("own thread") != std::string::npos);
}

TEST_CASE("the limit of a slow request is told as it was set, whatever the counter's pace") {
  for (const double pace : {0.024, 1.0, 2.893}) {  // of a counter of an Arm machine, of none, of an x86 machine
    RunningEngine engine;
    engine->ticks_per_ns = pace;
    const std::uint16_t own = core::register_name("own", Kind::request),
                        other = core::register_name("other", Kind::request);
    engine->set_slow_limit(own, 100'000'000);
    engine->set_slow_limit(core::kNoName, 100'000'007);
    Trigger told;
    RecorderThread::Settings settings;
    settings.write = [&](const RegionCopy&, const Trigger& trigger) -> DumpOutcome {
      told = trigger;
      return {"a.tape", {}, false};
    };
    RecorderThread thread(*engine, settings);
    REQUIRE(thread.start());
    for (const std::uint16_t kind : {own, other}) {
      const std::uint64_t limit = engine->slow_limit(kind), set = kind == own ? 100'000'000 : 100'000'007;
      CHECK(static_cast<double>(limit) >= static_cast<double>(set) * pace);  // what takes more takes longer than it
      thread.dump_and_wait({engine->now(), 1, limit + 1, limit, kind, core::TriggerKind::kSlowRequest});
      CHECK(told.limit_ns == set);
      CHECK(told.value_ns >= set);
    }
    thread.dump_and_wait(asked(engine, "asked"));
    CHECK(told.limit_ns == 0);
  }
}

TEST_CASE("a dump that is asked for leaves to one that waits what was copied for that") {
  RunningEngine engine;
  const std::uint64_t records = engine->region.chunk_count() * engine->region.chunk_bytes() / 16;
  for (std::uint64_t i = 0; i < 2 * records; ++i) Stage<"before"> stage;
  std::vector<std::uint64_t> firsts;  // sequence of the oldest chunk of each dump
  RecorderThread::Settings settings;
  settings.policy.delay_ns = std::uint64_t{3600} * 1'000'000'000;
  settings.write = [&](const RegionCopy& copy, const Trigger&) -> DumpOutcome {
    std::uint64_t first = ~std::uint64_t{0};
    for (const ChunkCopy& chunk : copy.chunks.copies())
      first = std::min(first, copy.chunks.words(chunk)[core::chunk::kSequence]);
    firsts.push_back(first);
    return {"a.tape", {}, false};
  };
  RecorderThread thread(*engine, settings);
  REQUIRE(engine->post(asked(engine, "waits")));
  REQUIRE(thread.start());
  thread.dump_and_wait(asked(engine, "at once"));  // heard the trigger before, and copied what was at risk
  for (std::uint64_t i = 0; i < 2 * records; ++i) Stage<"after"> stage;
  thread.dump_and_wait(asked(engine, "later"));
  thread.stop();
  REQUIRE(firsts.size() == 3);
  CHECK(firsts[2] < firsts[1]);  // the waiting one still has what has been overwritten since
}

TEST_CASE("the pages of the next copy come into being as the region fills, and no more than those") {
  RunningEngine engine;
  const std::size_t chunk = engine->region.chunk_bytes(), chunks = engine->region.chunk_count();
  for (std::uint64_t i = 0; i < chunks / 4 * chunk / 16; ++i) Stage<"before"> stage;  // a quarter of the region
  std::size_t held = 0;
  RecorderThread::Settings settings;
  settings.write = [&](const RegionCopy& copy, const Trigger&) -> DumpOutcome {
    held = copy.chunks.resident_bytes();
    return {"a.tape", {}, false};
  };
  const auto made = [&] { return engine->region.header(core::header::kStagingBytes).load(); };
  RecorderThread thread(*engine, settings);
  REQUIRE(thread.start());
  while (made() <= chunks / 4 * chunk) std::this_thread::yield();  // for ever: the bug that this is to find
  thread.dump_and_wait(asked(engine, "asked"));
  CHECK(held == made());
  CHECK(held < chunks / 2 * chunk);
  for (std::uint64_t i = 0; i < 2 * chunks * chunk / 16; ++i) Stage<"after"> stage;
  while (made() < (chunks + 1) * chunk) std::this_thread::yield();
  thread.stop();
  CHECK(made() == (chunks + 1) * chunk);
}

// The bug that was: the delay began when the trigger was heard, and the setting was told instead of the time waited.
TEST_CASE("a trigger that is heard late is dumped at once, and the dump says how much later it was taken") {
  RunningEngine engine;
  std::vector<std::string> order;
  RecorderThread::Settings settings;
  settings.policy.delay_ns = std::uint64_t{10} * 1'000'000'000;  // a machine has been up for longer
  settings.at_start = [&] { order.push_back("old regions"); };
  Trigger told;
  std::uint64_t snapshot_tick = 0;
  settings.write = [&](const RegionCopy& copy, const Trigger& trigger) -> DumpOutcome {
    order.push_back(trigger.name);
    if (trigger.name == "late") {
      told = trigger;
      snapshot_tick = copy.snapshot_tick;
    }
    return {"a.tape", {}, false};
  };
  RecorderThread thread(*engine, settings);
  core::TriggerPost late = asked(engine, "late");
  late.tick -= static_cast<std::uint64_t>(11e9 * engine->ticks_per_ns);  // 11 s ago
  REQUIRE(engine->post(late));
  REQUIRE(thread.start());
  for (const char* name : {"one", "two"}) thread.dump_and_wait(asked(engine, name));  // what is due comes between
  const auto place = [&](const char* what) { return std::find(order.begin(), order.end(), what) - order.begin(); };
  CHECK(place("late") < place("old regions"));
  CHECK(place("late") < place("two"));
  thread.stop();
  CHECK(told.tick == late.tick);
  const double waited = static_cast<double>(snapshot_tick - late.tick) / engine->ticks_per_ns;
  CHECK(static_cast<double>(told.delay_ns) == Approx(waited).epsilon(1e-9));
  CHECK(waited > 11e9);
}

// The bug that was: heard and asked for at different moments, it was dumped after what was asked for later.
TEST_CASE("a trigger is heard before a dump that is asked for after it") {
  RunningEngine engine;
  std::vector<std::string> order;
  std::atomic<bool> looking{false}, asking{false};
  RecorderThread::Settings settings;
  settings.at_start = [&] {  // the thread has heard what there was, and not looked yet whether it is asked
    looking = true;
    while (!asking) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  };
  settings.write = [&](const RegionCopy&, const Trigger& trigger) -> DumpOutcome {
    order.push_back(trigger.name);
    return {"a.tape", {}, false};
  };
  RecorderThread thread(*engine, settings);
  REQUIRE(thread.start());
  while (!looking) std::this_thread::yield();
  REQUIRE(engine->post(asked(engine, "fired")));
  asking = true;
  for (const char* name : {"one", "two"}) thread.dump_and_wait(asked(engine, name));
  thread.stop();
  CHECK(order == std::vector<std::string>{"one", "fired", "two"});
}

TEST_CASE("a reason that is cut says so in the dump") {
  RunningEngine engine;
  std::vector<Trigger> told;
  RecorderThread::Settings settings;
  settings.write = [&](const RegionCopy&, const Trigger& trigger) -> DumpOutcome {
    told.push_back(trigger);
    return {"a.tape", {}, false};
  };
  RecorderThread thread(*engine, settings);
  REQUIRE(thread.start());
  const std::string reason(core::kMaxNameBytes, 'r');
  thread.dump_and_wait(asked(engine, reason.c_str()));
  thread.dump_and_wait(asked(engine, (reason + "x").c_str()));
  thread.stop();
  REQUIRE(told.size() == 2);
  CHECK((told[0].name == reason && !told[0].name_cut));
  CHECK((told[1].name == reason && told[1].name_cut));
}

TEST_CASE("a thread that is stopped at once has looked after old regions all the same") {
  RunningEngine engine;
  unsigned times = 0;
  RecorderThread::Settings settings;
  settings.at_start = [&] { ++times; };
  RecorderThread thread(*engine, settings);
  REQUIRE(thread.start());
  thread.stop();
  CHECK(times == 1);
}

TEST_CASE("two writers that dump one process within a second make two files") {
  RunningEngine engine;
  { Stage<"stage"> stage; }
  const RegionCopy copy = engine.snapshot();
  looptape::testing::TemporaryDirectory directory;
  DumpWriterSettings settings;
  settings.directory = directory.path() + "/service";
  std::vector<std::string> paths;
  for (int i = 0; i < 3; ++i) {
    const DumpOutcome outcome = DumpWriter(settings).write(copy, Trigger{});
    CHECK(outcome.error == "");
    paths.push_back(outcome.path);
  }
  for (const std::string& path : paths) CHECK(std::filesystem::exists(path));
  CHECK(paths[0] != paths[1]);
  CHECK(paths[1] != paths[2]);
}
