// Whether a region's recorder lives: its lock says so, also where its process id says nothing.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

#include "core/process_identity.h"
#include "core/region.h"
#include "core/region_lock.h"
#include "core/unrecorded_notice.h"
#include "dump/process_list.h"
#include "dump/recover.h"
#include "tests/dump/decode/recording_builder.h"
#include "tests/dump/decode/region_directory.h"
#include "tests/skip.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;
namespace header = core::header;
namespace fs = std::filesystem;

namespace {

// One region whose process, by its header, is not there.
struct OneRegion : RegionDirectory {
  explicit OneRegion(std::uint64_t flags = 0, std::uint64_t pid_namespace = 0) {
    Recording recording;
    recording.thread(0).chunk({.base = 100});
    recording.header(header::kPid) = 1;  // it is there, but began at another time
    recording.header(header::kProcessStart) = ~std::uint64_t{0};
    recording.header(header::kBootId) = core::boot_id()[0];
    recording.header(header::kBootId + 1) = core::boot_id()[1];
    recording.header(header::kFlags) = flags;
    recording.header(header::kPidNamespace) = pid_namespace;
    path = write_words(own / "answers-1-1", recording.image(4096));
  }
  std::string path;
};

// Starts a region below `directory`, says so on `ready`, and waits to be killed.
[[noreturn]] void hold_region_until_killed(const std::string& directory, int ready) {
  core::RegionSettings settings;
  settings.service = "contained";
  settings.directory = directory;
  settings.budget_bytes = core::kMinRegionBytes;
  core::Region region;
  if (!region.create(settings)) ::_exit(1);
  region.set_state(core::RegionState::kRecording);
  if (::write(ready, "x", 1) != 1) ::_exit(1);
  for (;;) ::pause();
}

// The process that records is the first of a pid namespace of its own; ends with this object.
class Container {
 public:
  explicit Container(const std::string& directory) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const uid_t user = ::geteuid();
    outer_ = ::fork();
    if (outer_ == 0) {
      if (::unshare(user == 0 ? CLONE_NEWPID : CLONE_NEWUSER | CLONE_NEWPID) != 0) ::_exit(kImpossible);
      if (user != 0) std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1\n";
      const pid_t first = ::fork();
      if (first == 0) hold_region_until_killed(directory, ends[1]);
      ::close(ends[1]);
      int status = 0;
      ::waitpid(first, &status, 0);
      ::_exit(WIFSIGNALED(status) ? 0 : 1);
    }
    ::close(ends[1]);
    char byte;
    const bool started = ::read(ends[0], &byte, 1) == 1;
    ::close(ends[0]);
    if (started) return;
    int status = 0;
    ::waitpid(std::exchange(outer_, -1), &status, 0);
    possible_ = !WIFEXITED(status) || WEXITSTATUS(status) != kImpossible;
    REQUIRE_FALSE(possible_);  // it ended for another reason
  }
  ~Container() { end(); }
  bool possible() const { return possible_; }
  // Kills the first process of the namespace, and with it all of it.
  void end() {
    if (outer_ <= 0) return;
    std::ifstream children("/proc/" + std::to_string(outer_) + "/task/" + std::to_string(outer_) + "/children");
    pid_t first = 0;
    if (children >> first) ::kill(first, SIGKILL);
    ::waitpid(outer_, nullptr, 0);
    outer_ = -1;
  }

 private:
  static constexpr int kImpossible = 255;
  pid_t outer_ = -1;
  bool possible_ = true;
};

}  // namespace

TEST_CASE("a region that is locked is alive, whatever process id stands in it") {
  OneRegion region;
  const int held = ::open(region.path.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(core::hold_region(held) == core::RegionLocking::kHeld);
  REQUIRE(find_regions(region.search()).size() == 1);
  CHECK(find_regions(region.search())[0].alive);
  CHECK(find_regions(region.search())[0].state == RecordingState::kRecording);
  CHECK(recover_dead_regions({.search = region.search()}, good_dump).regions.empty());
  CHECK(recover_region(region.path, good_dump).result == RecoveryResult::kAlive);
  CHECK(fs::exists(region.path));
  ::close(held);
  CHECK_FALSE(find_regions(region.search())[0].alive);
  CHECK(recover_region(region.path, good_dump).result == RecoveryResult::kRecovered);
}

TEST_CASE("of another pid namespace, a region is given up only when it says that it was locked") {
  const std::uint64_t elsewhere = core::pid_namespace() + 1;
  OneRegion unlocked(0, elsewhere), locked(core::kFlagLocked, elsewhere);
  CHECK(find_regions(unlocked.search())[0].alive);
  CHECK(find_regions(unlocked.search())[0].is_foreign);
  CHECK(recover_region(unlocked.path, good_dump).result == RecoveryResult::kAlive);
  CHECK_FALSE(find_region_of(1, unlocked.search()));  // process 1 of this namespace is another
  CHECK(recover_region(locked.path, good_dump).result == RecoveryResult::kRecovered);
}

TEST_CASE("who has lost its lock is alive as long as it has its region mapped, which ends with an exec") {
  OneRegion shelf;
  fs::remove(shelf.path);
  core::RegionSettings settings;
  settings.service = "closing";
  settings.directory = shelf.directory.path();
  settings.budget_bytes = core::kMinRegionBytes;
  core::Region region;
  REQUIRE(region.create(settings));
  region.set_state(core::RegionState::kRecording);
  const std::string copied = region.path() + "+1";  // what another program of this process would have left
  fs::copy_file(region.path(), copied);
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (fs::read_symlink(entry, error) == region.path()) ::close(std::stoi(entry.path().filename().string()));
  }
  std::map<std::string, bool> alive;
  for (const FoundRegion& found : find_regions(shelf.search())) alive[found.path] = found.alive;
  CHECK(alive == std::map<std::string, bool>{{region.path(), true}, {copied, false}});
  CHECK(recover_region(region.path(), good_dump).result == RecoveryResult::kAlive);
  CHECK(recover_region(copied, good_dump).result == RecoveryResult::kRecovered);
  fs::remove(region.path());
}

TEST_CASE("a region of another pid namespace is not taken for a dead process's while its own lives") {
  OneRegion shelf;
  fs::remove(shelf.path);
  Container container(shelf.directory.path());
  if (!container.possible()) return looptape::testing::skip_test("no pid namespace of one's own can be had");
  const std::vector<FoundRegion> found = find_regions(shelf.search());
  REQUIRE(found.size() == 1);
  CHECK(found[0].pid == 1);
  CHECK(found[0].is_foreign);
  CHECK(found[0].alive);
  CHECK(recover_dead_regions({.search = shelf.search()}, good_dump).regions.empty());
  CHECK(recover_region(found[0].path, good_dump).result == RecoveryResult::kAlive);
  CHECK(fs::exists(found[0].path));
  container.end();
  const Recovery recovery = recover_dead_regions({.search = shelf.search()}, good_dump);
  REQUIRE(recovery.regions.size() == 1);
  CHECK(recovery.regions[0].result == RecoveryResult::kRecovered);
}

TEST_CASE(
    "a region that lies elsewhere than where others look is found by its process, and by going through all of them") {
  const TemporaryDirectory elsewhere, here;
  core::RegionSettings settings;
  settings.service = "elsewhere";
  settings.directory = elsewhere.path();
  settings.budget_bytes = core::kMinRegionBytes;
  core::Region region;
  REQUIRE(region.create(settings));
  region.set_state(core::RegionState::kRecording);
  RegionSearch search;
  search.shared_memory = here.path();
  search.service = "elsewhere";
  search.volatile_ones = true;
  const auto found = find_region_of(static_cast<std::uint64_t>(::getpid()), search);
  REQUIRE(found);
  CHECK(found->path == region.path());
  CHECK_FALSE(found->is_volatile);
  CHECK(found->state == RecordingState::kRecording);
  REQUIRE(find_regions(search).size() == 1);
  search.shared_memory = elsewhere.path();
  CHECK(find_regions(search).size() == 1);  // not twice
  region.close(true);
}

TEST_CASE("a child that a recorder has forked does not keep its region alive") {
  OneRegion shelf;
  fs::remove(shelf.path);
  int ready[2], child_ends[2];
  REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(child_ends, O_CLOEXEC) == 0);
  const pid_t recorder = ::fork();
  if (recorder == 0) {
    core::RegionSettings settings;
    settings.service = "parent";
    settings.directory = shelf.directory.path();
    settings.budget_bytes = core::kMinRegionBytes;
    core::Region region;
    if (!region.create(settings)) ::_exit(1);
    region.set_state(core::RegionState::kRecording);
    ::close(child_ends[1]);
    if (::fork() == 0) {                               // outlives its parent until the test ends
      if (::write(ready[1], "x", 1) != 1) ::_exit(1);  // the child's: fork has returned, its handlers have run
      ::close(ready[1]);
      char byte;
      ::_exit(::read(child_ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    ::close(ready[1]);
    for (;;) ::pause();
  }
  ::close(child_ends[0]);
  ::close(ready[1]);
  char byte;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  ::close(ready[0]);
  REQUIRE(find_regions(shelf.search()).size() == 1);
  CHECK(find_regions(shelf.search())[0].alive);
  ::kill(recorder, SIGKILL);
  REQUIRE(::waitpid(recorder, nullptr, 0) == recorder);
  CHECK_FALSE(find_regions(shelf.search())[0].alive);
  CHECK(recover_dead_regions({.search = shelf.search()}, good_dump).regions.size() == 1);
  ::close(child_ends[1]);
}

TEST_CASE("a recorder whose new file is claimed at that very moment takes another name") {
  OneRegion shelf;
  core::RegionSettings settings;
  settings.service = "starting";
  settings.directory = shelf.directory.path();
  settings.budget_bytes = core::kMinRegionBytes;
  core::Region region;
  REQUIRE(region.create(settings));
  // What a recorder holds, nobody can claim; what is claimed, it does not hold.
  const int other = ::open(region.path().c_str(), O_RDWR | O_CLOEXEC);
  CHECK(core::claim_region(other) == core::RegionLocking::kBusy);
  CHECK(core::region_holder(other) == core::RegionHolder::kRecorder);
  region.close(false);
  CHECK(core::claim_region(other) == core::RegionLocking::kHeld);
  const int late = ::open(region.path().c_str(), O_RDONLY | O_CLOEXEC);
  CHECK(core::hold_region(late) == core::RegionLocking::kBusy);
  CHECK(core::region_holder(late) == core::RegionHolder::kClaimer);
  ::close(late);
  ::close(other);
  fs::remove(region.path());
}

TEST_CASE("a process that does not record is listed with the reason, until it records or ends") {
  OneRegion none;
  RegionSearch search = none.search();
  search.volatile_ones = true;
  const auto self = static_cast<std::uint64_t>(::getpid());
  {
    core::UnrecordedNotice notice;
    REQUIRE(notice.publish("answers", "setting budget_bytes is 1; allowed: more"));
    const auto found = find_region_of(self, search);
    REQUIRE(found);
    CHECK(found->state == RecordingState::kUnrecorded);
    CHECK(found->alive);
    CHECK(found->service == "answers");
    CHECK(found->notice == "setting budget_bytes is 1; allowed: more");
    CHECK(found->problem.fault == RegionFault::kUnrecorded);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(find_region_of(static_cast<std::uint64_t>(::getpid()), search) ? 1 : 0);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);                                          // the child says nothing of its own
    REQUIRE(notice.publish("answers", std::string(2000, 'x')));  // replaced
    CHECK(find_region_of(self, search)->notice == std::string(core::kNoticeBytes - 1, 'x'));
    const std::string wide(62, 'w');
    REQUIRE(notice.publish(wide + "\u00e9", "its name is too long"));  // the last character's first byte has room
    CHECK(find_region_of(self, search)->service == wide);
  }
  CHECK_FALSE(find_region_of(self, search));
}
