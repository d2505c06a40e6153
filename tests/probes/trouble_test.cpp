// Trouble that a recorder meets after its start: a directory that cannot be synced, a table of names that is full.
//
// A program of its own: fsync is wrapped by the linker (see CMakeLists.txt), and a full table stays full.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "looptape/core/site.h"
#include "tests/probes/place.h"

using namespace looptape;
using namespace looptape::testing;

namespace {
bool g_no_sync = false;  // of directories
}

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
  { Request request{{.kind = "late"}}; }
  { Request request{{}}; }
  settle(recorder);
  const auto slow = core::header::kTriggersSeen + static_cast<std::size_t>(core::TriggerKind::kSlowRequest);
  CHECK(counter(recorder, slow) == 0);
  CHECK(counter(recorder, core::header::kLosses + static_cast<std::size_t>(core::Loss::kNamesFull)) >= 2);
}
