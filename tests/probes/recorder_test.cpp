// The recorder as an application meets it: one at a time, strict or not, gone while threads record, triggers counted.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "core/clock.h"
#include "core/visible_text.h"
#include "tests/probes/place.h"

using namespace looptape;
using namespace looptape::testing;
using core::TriggerKind;

namespace {
std::size_t seen(TriggerKind kind) { return core::header::kTriggersSeen + static_cast<std::size_t>(kind); }
std::size_t suppressed(TriggerKind kind) { return core::header::kTriggersSuppressed + static_cast<std::size_t>(kind); }
std::size_t loss(core::Loss which) { return core::header::kLosses + static_cast<std::size_t>(which); }

std::size_t named(const std::vector<std::string>& tapes, const std::string& part) {
  return static_cast<std::size_t>(std::count_if(
      tapes.begin(), tapes.end(), [&](const std::string& path) { return path.find(part) != std::string::npos; }));
}
}  // namespace

TEST_CASE("a recorder records, dumps when asked, and leaves no region behind") {
  Place place;
  {
    Recorder recorder{place.settings()};
    REQUIRE(recorder.problem() == "");
    CHECK(recorder.recording());
    CHECK(place.regions() == 1);
    { Stage<"stage"> stage; }
    std::string error;
    CHECK(recorder.dump_and_wait("by hand", &error).ends_with(".tape"));
    CHECK(error == "");
    CHECK(place.tapes().size() == 1);
  }
  CHECK(place.regions() == 0);
  CHECK(place.said().empty());
}

TEST_CASE("either clock records: times lie between two readings of it, and the recording says which it is") {
  for (const ClockSource source : {ClockSource::counter, ClockSource::monotonic}) {
    Place place;
    Settings settings = place.settings();
    settings.clock = source;
    Recorder recorder{settings};
    REQUIRE(recorder.recording());
    const std::uint64_t before = core::monotonic_ns();
    { Stage<"timed"> stage; }
    const std::uint64_t after = core::monotonic_ns();
    const auto rows = dump::testing::decode(dump::testing::read_outside(recorder.region_path()));
    const dump::Process& process = rows.open.process;
    CHECK((process.clock == core::ClockKind::kMonotonic) == (source == ClockSource::monotonic));
    const auto& stage = rows.stage("timed");
    if (source == ClockSource::monotonic) {  // ticks are its nanoseconds
      CHECK(stage.start >= before);
      CHECK(stage.start + stage.duration <= after);
    }
    CHECK(stage.start >= process.first.tick);
    CHECK(stage.start + stage.duration <= process.snapshot_tick);
  }
}

TEST_CASE("a second recorder is refused and says so, and the first goes on") {
  Place place, other;
  auto first = std::make_unique<Recorder>(place.settings());
  {
    Recorder second{other.settings()};
    CHECK_FALSE(second.recording());
    CHECK(second.problem().find("has a recorder already") != std::string::npos);
    CHECK(other.said().size() == 1);
    CHECK(other.regions() == 0);
    std::string error;
    CHECK(second.dump_and_wait("no", &error) == "");
    CHECK(error != "");
    second.dump("no");
    second.pause();
    CHECK(first->recording());
    CHECK_FALSE(second.restart());
  }
  CHECK(first->recording());
  first.reset();
  Recorder third{other.settings()};
  CHECK(third.recording());
}

TEST_CASE("settings out of range: named with value and range, said once, and the host goes on unrecorded") {
  Place place;
  Settings settings = place.settings();
  settings.budget_bytes = 1;
  settings.max_threads = 0;
  Recorder recorder{settings};
  CHECK_FALSE(recorder.recording());
  CHECK(recorder.problem().find("setting budget_bytes is 1 byte; allowed: 4 MiB to 16 GiB") != std::string::npos);
  CHECK(recorder.problem().find("setting max_threads is 0; allowed: 1 to 4096") != std::string::npos);
  CHECK(place.said().size() == 1);
  Stage<"unrecorded"> stage;
}

TEST_CASE("a shared memory that cannot be had is said, and refused only by the strict") {
  Place place;
  Settings settings = place.settings();
  settings.region_directory = "/nonexistent";
  {
    Recorder recorder{settings};
    CHECK(recorder.recording());
    CHECK(recorder.region_path() == "");
    CHECK(recorder.problem().find("dies with the process") != std::string::npos);
    CHECK(place.said().size() == 1);
    CHECK(recorder.dump_and_wait("volatile").ends_with(".tape"));
  }
  settings.strict = true;
  Recorder strict{settings};
  CHECK_FALSE(strict.recording());
  CHECK(strict.problem().starts_with(
      "nothing is recorded: strict is set; mend what follows, or unset strict to record with it: cannot make "
      "/nonexistent/"));
  CHECK(place.said().size() == 2);
}

TEST_CASE("recorders come and go while threads record without asking") {
  std::atomic<bool> stopping{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!stopping.load()) {
        Request request{{.kind = "ask", .tenant = "acme"}};
        Stage<"stage"> stage;
        stage.set<"n">(1);
        stage.set<"text">("some text");
        event<"event">();
        Detached<"detached"> detached;
      }
    });
  std::uint64_t dumps = 0;
  for (int round = 0; round < 12; ++round) {
    Place place;
    Recorder recorder{place.settings()};
    REQUIRE(recorder.recording());
    // Every thread has found it.
    while (dump::testing::read_outside(recorder.region_path()).slots.size() < threads.size()) std::this_thread::yield();
    dumps += recorder.dump_and_wait("round") != "";
  }
  stopping = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(dumps == 12);
}

TEST_CASE("a storm of ten thousand triggers is one dump for the cooldown, and the rest is counted") {
  Place place;
  Settings settings = place.settings();
  settings.cooldown = std::chrono::hours(1);
  Recorder recorder{settings};
  for (int i = 0; i < 10'000; ++i) recorder.dump("storm");
  settle(recorder);
  CHECK(named(place.tapes(), "call") + named(place.tapes(), "storm") >= 1);
  CHECK(place.tapes().size() == 3);                                             // one of the storm, two to settle
  const std::uint64_t heard = counter(recorder, seen(TriggerKind::kCall)) - 2;  // settling asks for two itself
  CHECK(heard + counter(recorder, loss(core::Loss::kTriggerQueueFull)) == 10'000);
  CHECK(counter(recorder, suppressed(TriggerKind::kCall)) == heard - 1);
  CHECK(counter(recorder, core::header::kDumpsWritten) == 3);
}

TEST_CASE("a dump that is due when the recorder stops is written without the rest of its delay") {
  Place place;
  Settings settings = place.settings();
  settings.delay = std::chrono::minutes(1);
  settings.window = std::chrono::minutes(1);
  {
    Recorder recorder{settings};
    recorder.dump("late");
    settle(recorder);
    CHECK(place.tapes().size() == 2);  // those of settling
  }
  CHECK(place.tapes().size() == 3);
}

TEST_CASE("a dump asked for just before the recorder stops is written") {
  Place place;
  {
    Recorder recorder{place.settings()};
    recorder.dump("last words");
  }
  CHECK(place.tapes().size() == 1);
}

TEST_CASE("the memory of a dump is kept for the next one, and stated") {
  Place place;
  Recorder recorder{place.settings()};
  CHECK(counter(recorder, core::header::kOtherBytes) > 0);
  { Stage<"stage"> stage; }
  settle(recorder);
  const std::uint64_t kept = counter(recorder, core::header::kStagingBytes);
  CHECK(kept > 0);
  CHECK(kept < std::size_t{2} << 20);  // what the writing took beside the copies is given back
  settle(recorder);
  CHECK(counter(recorder, core::header::kStagingBytes) >= kept);  // the region may have filled meanwhile
  CHECK(counter(recorder, core::header::kStagingBytes) < std::size_t{2} << 20);
}

TEST_CASE("dumps, however many, leave no more memory in use than is stated", "[nosan]") {
  const auto private_bytes = [] {
    std::ifstream status("/proc/self/status");
    std::uint64_t kib = 0;
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("RssAnon:")) kib = std::stoull(line.substr(8));
    return kib * 1024;
  };
  Place place;
  Recorder recorder{place.settings()};
  { Stage<"stage"> stage; }
  settle(recorder);  // what the first one makes the libraries take is not the recorder's
  const std::uint64_t stated = counter(recorder, core::header::kStagingBytes), before = private_bytes();
  for (int i = 0; i < 8; ++i) settle(recorder);
  const std::uint64_t more = counter(recorder, core::header::kStagingBytes) - stated;
  CHECK(private_bytes() < before + more + (std::uint64_t{1} << 20));
}

TEST_CASE("a request slower than its kind's limit causes a dump, another kind's limit is its own") {
  Place place;
  Settings settings = place.settings();
  settings.slow = {{"ask", std::chrono::nanoseconds(1)}, {"", std::chrono::hours(1)}};
  Recorder recorder{settings};
  { Request request{{.kind = "other"}}; }
  settle(recorder);
  CHECK(counter(recorder, seen(TriggerKind::kSlowRequest)) == 0);
  { Request request{{.kind = "ask"}}; }
  settle(recorder);
  CHECK(counter(recorder, seen(TriggerKind::kSlowRequest)) == 1);
  CHECK(place.tapes().size() == 5);
}

// The bug that was: a floor above what the disk has was told as "No space left on device".
TEST_CASE("a dump that a limit of the disk leaves no room for is given up with the limit's name and value") {
  Place place;
  Settings settings = place.settings();
  settings.disk_free_floor = std::size_t{1} << 50;
  Recorder recorder{settings};
  std::string error;
  CHECK(recorder.dump_and_wait("no room", &error) == "");
  CHECK(error.find("disk_free_floor (LOOPTAPE_DISK_FREE_FLOOR) keeps 1 PiB free, and ") != std::string::npos);
  CHECK(place.said() == std::vector<std::string>{"a dump was given up: " + error});
  CHECK(counter(recorder, core::header::kDumpsRefusedByBudget) == 1);
}

TEST_CASE("whatever is named in it, what a recorder says is one printable line of bounded length") {
  const std::string hostile = "\x1b]0;\n\xff" + std::string(100'000, 'x');
  const auto check = [&](const std::function<void(Settings&)>& spoil, const std::string& part) {
    Place place;
    Settings settings = place.settings();
    spoil(settings);
    Recorder recorder{settings};
    const std::string problem = recorder.problem();
    INFO(problem);
    CHECK(problem.find(part) != std::string::npos);
    CHECK(problem.size() <= 4096);
    CHECK(core::visible(problem) == problem);
    CHECK(place.said() == std::vector<std::string>{problem});
  };
  check([&](Settings& s) { s.service = hostile; }, "setting service is '\\x1b]0;\\n\\xffxxx");
  check([&](Settings& s) { s.region_directory = "/" + hostile; }, "/\\x1b]0;\\n\\xffxxx");
  check([&](Settings& s) { s.region_directory = "/\x1b[31m", s.strict = true; }, "cannot make /\\x1b[31m/");
  ::setenv("LOOPTAPE_SERVICE", "a\x1b[31m", 1);
  check([](Settings&) {}, "LOOPTAPE_SERVICE is 'a\\x1b[31m'; allowed: ");
  ::unsetenv("LOOPTAPE_SERVICE");
  Place place;
  Settings settings = place.settings();
  settings.directory += "/\x1b[31m";
  Recorder recorder{settings};
  std::filesystem::remove_all(recorder.directory());
  std::ofstream(recorder.directory()) << "a file in the directory's place";
  std::string error;
  CHECK(recorder.dump_and_wait("nowhere", &error) == "");
  CHECK(error.find("/\\x1b[31m/test: ") != std::string::npos);
  CHECK(place.said() == std::vector<std::string>{"a dump was given up: " + error});
}

TEST_CASE("a dump that cannot be written is counted and said, and recording goes on") {
  Place place;
  Recorder recorder{place.settings()};
  std::filesystem::remove_all(recorder.directory());
  std::ofstream(recorder.directory()) << "a file in the directory's place";
  std::string error;
  CHECK(recorder.dump_and_wait("nowhere", &error) == "");
  CHECK(error != "");
  CHECK(counter(recorder, core::header::kDumpsFailed) == 1);
  CHECK(recorder.recording());
  CHECK(place.said().size() == 1);
}
