// Trouble that a recorder meets at its start and later: a directory that cannot be synced, a thread or a signal that
// cannot be had, a table of names that is full, a counter that is no clock.
//
// A program of its own: system calls are wrapped by the linker (see CMakeLists.txt), and a full table stays full.
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "dump/tape_reader.h"
#include "looptape/core/clock.h"
#include "looptape/core/site.h"
#include "tests/dump/decode/recording_builder.h"
#include "tests/probes/place.h"

using namespace looptape;
using namespace looptape::testing;

namespace {
bool g_no_sync = false;  // of directories
bool g_no_thread = false, g_no_signal = false, g_no_memory = false;
unsigned g_threads = 0;   // asked for
bool g_invariant = true;  // what the CPU says of its counter
}  // namespace

namespace looptape::core {
bool counter_of_test() noexcept __asm__("__wrap__ZN8looptape4core20counter_is_invariantEv");
bool counter_of_test() noexcept { return g_invariant; }
}  // namespace looptape::core

extern "C" int __real_fsync(int fd);
extern "C" int __wrap_fsync(int fd);
extern "C" int __wrap_fsync(int fd) {
  struct stat info {};
  if (g_no_sync && ::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    errno = EIO;
    return -1;
  }
  return __real_fsync(fd);
}

extern "C" int __real_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
extern "C" int __wrap_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
extern "C" int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                                     void* argument) {
  ++g_threads;
  return g_no_thread ? EAGAIN : __real_pthread_create(thread, attributes, start, argument);
}

extern "C" int __real_sigaction(int signal, const struct sigaction* action, struct sigaction* before);
extern "C" int __wrap_sigaction(int signal, const struct sigaction* action, struct sigaction* before);
extern "C" int __wrap_sigaction(int signal, const struct sigaction* action, struct sigaction* before) {
  if (g_no_signal && signal == SIGUSR2 && action != nullptr) {
    errno = EINVAL;
    return -1;
  }
  return __real_sigaction(signal, action, before);
}

extern "C" int __real_memfd_create(const char* name, unsigned flags);
extern "C" int __wrap_memfd_create(const char* name, unsigned flags);
extern "C" int __wrap_memfd_create(const char* name, unsigned flags) {
  if (!g_no_memory) return __real_memfd_create(name, flags);
  errno = EMFILE;
  return -1;
}

namespace {

const std::string kStrict =
    "nothing is recorded: strict is set; mend what follows, or unset strict to record with it: ";

bool handled(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler != SIG_DFL;
}

// The rest of the start went well before `problem`: a strict recorder records nothing all the same, and one that is not
// strict records.
void check_start(Settings settings, Place& place, const std::string& problem) {
  settings.dump_at_exit = true;
  settings.strict = true;
  {
    Recorder strict{settings};
    CHECK_FALSE(strict.recording());
    CHECK(strict.problem() == kStrict + problem);
    CHECK(strict.region_path() == "");
    CHECK(place.said() == std::vector<std::string>{strict.problem()});
    CHECK(place.regions() == 0);
    Request request{{.kind = "unrecorded"}};
    CHECK(request.number() == 0);
  }
  CHECK(place.tapes().empty());
  settings.strict = false;
  Recorder recorder{settings};
  CHECK(recorder.recording());
  CHECK(recorder.problem() == problem);
  CHECK(place.said().size() == 2);
}

// A start that `refused` makes fail, on the system's behalf.
void check_refused(bool& refused, const char* said) {
  Place place;
  Settings settings = place.settings();
  settings.signal = -1;
  refused = true;
  g_threads = 0;
  check_start(settings, place, said);
  refused = false;
}

}  // namespace

// The bug that was: strict was looked at before the thread, the signal and the limits were tried.
TEST_CASE("a strict recorder that is refused its thread records nothing") {
  check_refused(g_no_thread, "no dumps will be written: the system refused a thread");
  CHECK_FALSE(handled(SIGUSR2));
}

TEST_CASE("a strict recorder that cannot handle its signal records nothing") {
  check_refused(g_no_signal, "cannot handle SIGUSR2: Invalid argument");
  CHECK(g_threads == 1);  // not the strict one's, which would take the regions of dead processes
}

// The bug that was: "nothing is recorded: …; recording to anonymous memory", "nothing is recorded: dumps go to …".
TEST_CASE("a recorder that can have no region says that alone, strict or not, and not where dumps would go") {
  Place place;
  Settings settings = place.settings();
  settings.region_directory = "/nonexistent";
  for (const bool strict : {false, true}) {
    settings.strict = strict;
    if (!strict) settings.directory = "/dev/null/wanted";  // a problem of its own, which strict would refuse before
    if (strict) settings.directory = place.settings().directory;
    g_no_memory = true;
    Recorder recorder{settings};
    g_no_memory = false;
    INFO(recorder.problem());
    CHECK_FALSE(recorder.recording());
    CHECK(recorder.problem().starts_with("nothing is recorded: cannot make /nonexistent/"));
    CHECK(recorder.problem().find("; anonymous memory: ") != std::string::npos);
    CHECK(recorder.problem().find("dumps go to") == std::string::npos);
    CHECK(recorder.problem().find("strict") == std::string::npos);
  }
}

TEST_CASE("a directory that cannot be synced: the dump is there and counts, and what is not certain is said") {
  Place place;
  Recorder recorder{place.settings()};
  g_no_sync = true;
  std::string error;
  const std::string path = recorder.dump_and_wait("unsynced", &error);
  g_no_sync = false;
  CHECK(path.ends_with(".tape"));
  CHECK(::access(path.c_str(), F_OK) == 0);
  CHECK(error.find("may not survive a power loss") != std::string::npos);
  REQUIRE(place.said().size() == 1);
  CHECK(place.said()[0] == error);
  CHECK(counter(recorder, core::header::kDumpsWritten) == 1);
  CHECK(counter(recorder, core::header::kDumpsFailed) == 0);
}

TEST_CASE("slow limits of kinds that find no room for their names are said, and count for no other kind") {
  for (int i = 0; i < 5000; ++i) core::register_name("filling " + std::to_string(i), Kind::other);
  Place place;
  Settings settings = place.settings();
  settings.slow = {{"late", std::chrono::nanoseconds(1)}};
  Recorder recorder{settings};
  CHECK(recorder.recording());
  CHECK(recorder.problem() == "no dump for slow requests of kind late: the table of names is full");
  CHECK(place.said().size() == 1);
  const std::string path = recorder.dump_and_wait("a reason without a name");
  CHECK(path.ends_with("-_no_room_for_its_name_.tape"));
  CHECK(::access(path.c_str(), F_OK) == 0);
  { Request request{{.kind = "late"}}; }
  { Request request{{}}; }
  settle(recorder);
  const auto slow = core::header::kTriggersSeen + static_cast<std::size_t>(core::TriggerKind::kSlowRequest);
  CHECK(counter(recorder, slow) == 0);
  CHECK(counter(recorder, core::header::kLosses + static_cast<std::size_t>(core::Loss::kNamesFull)) >= 2);
}

TEST_CASE("a strict recorder whose limits find no room for their names records nothing") {
  for (int i = 0; i < 5000; ++i) core::register_name("filling " + std::to_string(i), Kind::other);
  Place place;
  Settings settings = place.settings();
  settings.slow = {{"later", std::chrono::nanoseconds(1)}};
  check_start(settings, place, "no dump for slow requests of kind later: the table of names is full");
}

TEST_CASE(
    "a CPU that does not promise the rate of its counter is recorded by the monotonic clock, and the dump says why") {
  for (const ClockSource wanted : {ClockSource::automatic, ClockSource::counter, ClockSource::monotonic}) {
    for (const bool invariant : {true, false}) {
      INFO("wanted: " << static_cast<int>(wanted) << ", invariant: " << invariant);
      Place place;
      Settings settings = place.settings();
      settings.clock = wanted;
      g_invariant = invariant;
      Recorder recorder{settings};
      REQUIRE(recorder.recording());
      const bool monotonic = wanted == ClockSource::monotonic || (wanted == ClockSource::automatic && !invariant);
      const std::uint64_t before = core::monotonic_ns();
      { Stage<"timed"> stage; }
      const std::uint64_t after = core::monotonic_ns();
      dump::testing::Rows rows;
      dump::FileSource file;
      REQUIRE_FALSE(file.open(recorder.dump_and_wait("clock")));
      REQUIRE(dump::read_tape(file, rows).ok());
      CHECK(rows.open.process.clock == (monotonic ? core::ClockKind::kMonotonic : core::ClockKind::kTsc));
      const bool fell_back = (rows.open.process.flags & core::kFlagClockFellBack) != 0;
      CHECK(fell_back == (wanted == ClockSource::automatic && !invariant));
      const std::uint64_t start = rows.stage("timed").start;
      if (monotonic) CHECK((start >= before && start <= after));  // ticks are the clock's nanoseconds
    }
  }
}
