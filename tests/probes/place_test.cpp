// Where a recorder keeps what outlives it, what it says when that cannot be had, and what its region shows.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "dump/output_place.h"
#include "dump/process_list.h"
#include "tests/probes/place.h"
#include "tests/skip.h"

using namespace looptape;
using namespace looptape::testing;
namespace fs = std::filesystem;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The user's state directory, for the time of a test.
class StateHome {
 public:
  explicit StateHome(const std::string& path) { ::setenv("XDG_STATE_HOME", path.c_str(), 1); }
  ~StateHome() { ::unsetenv("XDG_STATE_HOME"); }
};

// The user's one directory under /tmp, where there is nothing better.
std::string private_tmp() { return "/tmp/looptape-" + std::to_string(::geteuid()); }

// One of the cases that use it at a time, whatever runs them side by side.
class TmpTurn {
 public:
  TmpTurn() : held_(::open(__FILE__, O_RDONLY | O_CLOEXEC)) { REQUIRE(::flock(held_, LOCK_EX) == 0); }
  ~TmpTurn() { ::close(held_); }

 private:
  int held_;
};

void check_goes_elsewhere(const std::function<void(const std::string&)>& spoil) {
  TemporaryDirectory home;
  const StateHome state(home.path() + "/state");
  Place place;
  Settings settings = place.settings();
  const std::string bad = settings.directory + "/test";
  fs::create_directories(bad);
  spoil(bad);
  Recorder recorder{settings};
  INFO(recorder.problem());
  CHECK(recorder.recording());
  CHECK(recorder.directory() == home.path() + "/state/looptape/test");
  CHECK(has(recorder.problem(), "dumps go to " + recorder.directory() + ": "));
  CHECK(has(recorder.problem(), bad));
  REQUIRE(place.said().size() == 1);
  CHECK(place.said()[0] == recorder.problem());
  CHECK(recorder.dump_and_wait("elsewhere").starts_with(recorder.directory() + "/"));
  CHECK(place.said().size() == 1);
  CHECK(place.tapes().empty());
}

}  // namespace

TEST_CASE("an output directory that is unsafe or cannot be made: dumps go elsewhere, and that is said once") {
  check_goes_elsewhere([](const std::string& place) { fs::permissions(place, fs::perms::all); });
  check_goes_elsewhere([](const std::string& place) {  // a link
    fs::remove(place);
    fs::create_directory_symlink("/dev/shm", place);
  });
  check_goes_elsewhere([](const std::string& place) {  // no directory
    fs::remove(place);
    REQUIRE(::mkfifo(place.c_str(), 0600) == 0);
  });
}

TEST_CASE("an output directory of another user: dumps go elsewhere, and that is said once") {
  if (::geteuid() != 0) return skip_test("only root can make one");
  check_goes_elsewhere([](const std::string& place) { REQUIRE(::chown(place.c_str(), 12345, 12345) == 0); });
}

// The bug that was: what was told was the failure that followed, "mkdir …/test: No such file or directory".
TEST_CASE("an output directory that cannot be made is told with the part of its path that is to blame") {
  TemporaryDirectory home;
  const StateHome state(home.path() + "/state");
  std::ofstream(home.path() + "/file") << "no directory";
  std::string problem;
  const std::string wanted = home.path() + "/file/below", found = dump::output_place(wanted, "test", &problem);
  CHECK(found == home.path() + "/state/looptape/test");
  CHECK(problem == "dumps go to " + found + ": mkdir " + wanted + "/test: " + home.path() + "/file: Not a directory");
}

TEST_CASE("with the state directory unusable as well, dumps go to a private directory under /tmp") {
  const StateHome state("/dev/null/state");
  const TmpTurn turn;
  const std::string tmp = private_tmp();
  std::string problem;
  const std::string found = dump::output_place("/dev/null/wanted", "looptape-test-place", &problem);
  INFO(problem);
  CHECK(found == tmp + "/looptape-test-place");
  CHECK(has(problem, "/dev/null/wanted"));
  CHECK(has(problem, "/dev/null/state"));
  struct stat info {};
  REQUIRE(::stat(found.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0700);
  fs::remove(found);
  ::rmdir(tmp.c_str());
}

TEST_CASE("with that directory unusable too, dumps go nowhere, and recording goes on") {
  const StateHome state("/dev/null/state");
  const TmpTurn turn;
  const std::string tmp = private_tmp();
  if (::rmdir(tmp.c_str()) != 0 && errno != ENOENT) return skip_test(tmp + " is in use");
  REQUIRE(::mkfifo(tmp.c_str(), 0600) == 0);  // squatted
  {
    Place place;
    Settings settings = place.settings();
    settings.directory = "/dev/null/wanted";
    Recorder recorder{settings};
    CHECK(recorder.recording());
    CHECK(recorder.directory() == "");
    CHECK(has(recorder.problem(), "dumps cannot be written: "));
    CHECK(place.said().size() == 1);
    std::string error;
    CHECK(recorder.dump_and_wait("nowhere", &error) == "");
    CHECK(error == "there is no directory for dumps");
  }
  fs::remove(tmp);
}

TEST_CASE("a budget that has no room for all tables: how much there is, is said and stands in the region") {
  Place place;
  Settings settings = place.settings();
  settings.max_threads = 4096;
  settings.max_in_flight = 65'000;
  Recorder recorder{settings};
  CHECK(recorder.recording());
  const dump::Process process = dump::process_of(dump::testing::read_outside(recorder.region_path()));
  CHECK((process.flags & core::kFlagFewer) != 0);
  CHECK(process.room.threads < 4096);
  CHECK(has(recorder.problem(), "has room for " + std::to_string(process.room.threads) + " of 4096 threads and " +
                                    std::to_string(process.room.in_flight) + " of 65000 requests in flight"));
  REQUIRE(place.said().size() == 1);
  CHECK(process.room.chunks > 0);
  CHECK(process.room.chunk_bytes == 32768);
  CHECK(process.room.names == 4096);
}

TEST_CASE("an unknown variable is said once, and recording goes on, strict or not") {
  ::setenv("LOOPTAPE_BUGDET_BYTES", "1", 1);
  Place place;
  Settings settings = place.settings();
  settings.strict = true;
  Recorder recorder{settings};
  ::unsetenv("LOOPTAPE_BUGDET_BYTES");
  CHECK(recorder.recording());
  CHECK(recorder.problem() == "");
  REQUIRE(place.said().size() == 1);
  CHECK(place.said()[0] == "LOOPTAPE_BUGDET_BYTES means nothing; the nearest setting is LOOPTAPE_BUDGET_BYTES");
}

TEST_CASE("what a recorder does stands in its region: recording, paused, not recording and why") {
  using dump::RecordingState;
  Place place;
  Settings settings = place.settings();
  dump::RegionSearch search;
  search.shared_memory = settings.region_directory;
  const auto self = static_cast<std::uint64_t>(::getpid());
  const auto state = [&] {
    const auto found = dump::find_region_of(self, search);
    return found ? found->state : RecordingState::kDead;
  };
  {
    Recorder recorder{settings};
    CHECK(state() == RecordingState::kRecording);
    recorder.pause();
    CHECK(state() == RecordingState::kPaused);
    Recorder second{settings};
    CHECK(state() == RecordingState::kPaused);  // the process is recorded: the second one says nothing
    recorder.resume();
    CHECK(state() == RecordingState::kRecording);
  }
  CHECK(state() == RecordingState::kDead);
  settings.budget_bytes = 1;
  {
    Recorder recorder{settings};
    CHECK(state() == RecordingState::kUnrecorded);
    CHECK(dump::find_region_of(self, search)->notice.starts_with("setting budget_bytes is 1 byte; allowed: "));
  }
  CHECK(state() == RecordingState::kDead);
  ::setenv("LOOPTAPE_OFF", "1", 1);
  {
    Recorder recorder{place.settings()};
    CHECK(dump::find_region_of(self, search)->notice == "recording is off (LOOPTAPE_OFF)");
  }
  ::unsetenv("LOOPTAPE_OFF");
  {
    Recorder refused{settings};
    Place other;
    Recorder recorder{other.settings()};  // another one of the same process
    search.shared_memory = other.settings().region_directory;
    CHECK(state() == RecordingState::kRecording);
    const auto found = dump::find_regions(search);  // volatile ones of other processes too
    CHECK(std::count_if(found.begin(), found.end(), [&](const auto& region) { return region.pid == self; }) == 1);
  }
  settings = place.settings();
  settings.region_directory = "/nonexistent";
  settings.strict = true;
  {
    Recorder recorder{settings};
    CHECK(state() == RecordingState::kUnrecorded);
    CHECK("nothing is recorded: " + dump::find_region_of(self, search)->notice == recorder.problem());
    CHECK(has(recorder.problem(), "strict is set; mend what follows"));
  }
  settings.strict = false;
  Recorder recorder{settings};
  CHECK(state() == RecordingState::kRecording);
  CHECK(dump::find_region_of(self, search)->is_volatile);
  CHECK(has(dump::find_region_of(self, search)->notice, "dies with the process"));
}
