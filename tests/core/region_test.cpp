// The region's file: private whatever the umask, never somebody else's, smaller or volatile when it must be.
#include "core/region.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "core/process_identity.h"
#include "tests/core/temporary_directory.h"
#include "tests/skip.h"

using namespace looptape::core;
using looptape::testing::skip_test;
using looptape::testing::TemporaryDirectory;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

RegionSettings settings_in(const std::string& directory, std::size_t budget = kMinRegionBytes) {
  RegionSettings settings;
  settings.service = "service";
  settings.directory = directory;
  settings.budget_bytes = budget;
  return settings;
}

std::string private_directory(const TemporaryDirectory& in) {
  return in.path() + "/looptape-" + std::to_string(::geteuid());
}

unsigned mode_of(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

bool mentions(const std::string& text, const char* word) { return text.find(word) != std::string::npos; }

// Volatile, usable, and says why.
void check_falls_back(const TemporaryDirectory& directory, const char* reason) {
  Region region;
  REQUIRE(region.create(settings_in(directory.path())));
  CHECK(region.is_volatile());
  CHECK(mentions(region.problem(), reason));
  CHECK(mentions(region.problem(), "dies with the process"));
  CHECK((region.header(header::kFlags).load() & kFlagVolatile) != 0);
  CHECK(region.chunk_count() > 0);
  region.close(true);
}

// Runs in a child, whose limits and mounts are its own.  255: it could not be arranged.
int in_child(const std::function<int()>& run) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(run());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// Gives this process mounts of its own; without root in a user namespace, in which it is who it was.
bool take_own_mounts() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) return false;
  if (user != 0) {
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1\n";
    std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1\n";
  }
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// The k-th thing that is not as it should be, or 0.
int first_wrong(std::initializer_list<bool> as_expected) {
  int at = 0;
  for (const bool good : as_expected) {
    ++at;
    if (!good) return at;
  }
  return 0;
}

}  // namespace

TEST_CASE("whatever the umask, the file is 0600 in a directory of 0700") {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}, mode_t{022}}) {
    TemporaryDirectory directory;
    const mode_t before = ::umask(mask);
    Region region;
    const bool made = region.create(settings_in(directory.path()));
    ::umask(before);
    REQUIRE(made);
    REQUIRE_FALSE(region.is_volatile());
    CHECK(mode_of(region.path()) == 0600);
    CHECK(mode_of(private_directory(directory)) == 0700);
    region.close(true);
    CHECK(directory.files().empty());
  }
}

TEST_CASE("a region tells a stranger what it is, of whom and since when") {
  TemporaryDirectory directory;
  Region region;
  RegionSettings settings = settings_in(directory.path());
  settings.version = "1.2";
  settings.host = std::string(100, 'h');  // longer than its place
  REQUIRE(region.create(settings));
  CHECK(region.problem().empty());
  CHECK(region.header(header::kMagic).load() == kRegionMagic);
  CHECK(region.header(header::kPid).load() == static_cast<std::uint64_t>(::getpid()));
  CHECK(region.header(header::kProcessStart).load() == process_start_time(static_cast<std::uint64_t>(::getpid())));
  CHECK(region.header(header::kRegionBytes).load() == kMinRegionBytes);
  CHECK(region.header(header::kState).load() == static_cast<std::uint64_t>(RegionState::kInitialising));
  CHECK(std::string(reinterpret_cast<const char*>(&region.header(header::kVersionText))) == "1.2");
  CHECK(region.header(header::kHost + 7).load() >> 56 == 0);  // ends with a zero byte
  region.close(true);
}

TEST_CASE("a file left behind under the same name is neither used nor touched") {
  TemporaryDirectory directory;
  Region first, second;
  REQUIRE(first.create(settings_in(directory.path())));
  REQUIRE(second.create(settings_in(directory.path())));
  CHECK(first.path() != second.path());
  CHECK(second.path() == first.path() + "+1");
  second.close(true);
  CHECK(directory.files().size() == 1);
  first.close(false);
  CHECK(directory.files().size() == 1);  // kept: not a clean exit
}

TEST_CASE("a link in the file's place is not followed") {
  TemporaryDirectory directory, elsewhere;
  Region probe;
  REQUIRE(probe.create(settings_in(directory.path())));
  const std::string path = probe.path(), target = elsewhere.path() + "/target";
  probe.close(true);
  REQUIRE(::symlink(target.c_str(), path.c_str()) == 0);
  Region region;
  REQUIRE(region.create(settings_in(directory.path())));
  CHECK(region.path() != path);
  CHECK(elsewhere.files().empty());
  region.close(true);
}

TEST_CASE("a directory that is a link, a pipe or a file is refused, and memory of the process alone is used") {
  TemporaryDirectory link, pipe, file, target;
  REQUIRE(::symlink(target.path().c_str(), private_directory(link).c_str()) == 0);
  check_falls_back(link, "is not a directory");
  CHECK(target.files().empty());
  REQUIRE(::mkfifo(private_directory(pipe).c_str(), 0600) == 0);
  check_falls_back(pipe, "is not a directory");
  std::ofstream(private_directory(file)) << "x";
  check_falls_back(file, "is not a directory");
}

TEST_CASE("a directory that is open to others is refused") {
  TemporaryDirectory directory;
  REQUIRE(::mkdir(private_directory(directory).c_str(), 0700) == 0);
  REQUIRE(::chmod(private_directory(directory).c_str(), 0777) == 0);
  check_falls_back(directory, "open to other users");
}

TEST_CASE("a directory of another user is refused") {
  if (::geteuid() != 0) return skip_test("only root can make one");
  TemporaryDirectory directory;
  REQUIRE(::mkdir(private_directory(directory).c_str(), 0700) == 0);
  REQUIRE(::chown(private_directory(directory).c_str(), 12345, 12345) == 0);
  check_falls_back(directory, "belongs to another user");
}

TEST_CASE("a place that does not exist leads to volatile memory") {
  Region region;
  REQUIRE(region.create(settings_in("/nonexistent/place")));
  CHECK(region.is_volatile());
  CHECK(mentions(region.problem(), "/nonexistent/place"));
  region.close(true);
}

TEST_CASE("shared memory that is too small: the region shrinks, says so, and never faults later") {
  const auto run = [](const char* size) {
    return [size] {
      TemporaryDirectory directory;
      if (!take_own_mounts() || ::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, size) != 0) return 255;
      Region region;
      const bool made = region.create(settings_in(directory.path(), 48 * kMiB));
      const bool small = std::string(size) == "size=1m";
      for (std::size_t i = 0; made && i < region.chunk_count(); ++i) region.chunk(i)[0].store(1);  // a fault ends us
      const int wrong =
          first_wrong({made, region.is_volatile() == small, small || region.bytes() == 12 * kMiB,
                       (region.header(header::kFlags).load() & (small ? kFlagVolatile : kFlagShrunk)) != 0,
                       mentions(region.problem(), small ? "No space left" : "has room for 12 MiB of 48 MiB"),
                       region.header(header::kRegionBytes).load() == region.bytes()});
      region.close(true);
      ::umount(directory.path().c_str());
      return wrong;
    };
  };
  const int shrunk = in_child(run("size=20m"));
  if (shrunk == 255) return skip_test("no tmpfs of a given size can be mounted");
  CHECK(shrunk == 0);
  CHECK(in_child(run("size=1m")) == 0);
}

// The bug that was: beyond the limit on file sizes the system sends SIGXFSZ, and the host died at its start.
TEST_CASE("a limit on file sizes makes the region smaller and does not end the host") {
  const auto under = [](rlim_t limit) {
    return [limit] {
      TemporaryDirectory directory;
      const struct rlimit sizes { limit, limit };
      if (::setrlimit(RLIMIT_FSIZE, &sizes) != 0) return 255;
      Region region;
      const bool made = region.create(settings_in(directory.path(), 16 * kMiB));
      const bool large_enough = limit >= kMinRegionBytes;
      const int wrong =
          first_wrong({made == large_enough, !made || region.bytes() == 4 * kMiB, !region.problem().empty()});
      region.close(true);
      return wrong;
    };
  };
  CHECK(in_child(under(5 * kMiB)) == 0);
  CHECK(in_child(under(1 * kMiB)) == 0);
}

TEST_CASE("tables of a small region leave half of it to records, and large ones stay within what queues can hold") {
  TemporaryDirectory directory;
  RegionSettings settings = settings_in(directory.path());
  settings.max_threads = 4096;
  settings.max_in_flight = 65'000;
  Region region;
  REQUIRE(region.create(settings));
  CHECK(region.chunk_count() * region.chunk_bytes() >= kMinRegionBytes / 2 - region.chunk_bytes());
  CHECK(region.slot_count() >= 16);
  CHECK(region.flight_count() >= 16);
  CHECK(region.chunk(region.chunk_count() - 1) + region.chunk_bytes() / 8 <= region.chunk(0) - 0 + region.bytes() / 8);
  region.close(true);
}

TEST_CASE("after it was closed, a late writer meets private memory") {
  TemporaryDirectory directory;
  Region region;
  REQUIRE(region.create(settings_in(directory.path())));
  const std::string path = region.path();
  const auto at = static_cast<std::size_t>(region.chunk(0) - region.words()) * kWordBytes;
  region.close(false);
  region.chunk(0)[5].store(42);
  CHECK(region.chunk(0)[5].load() == 42);
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  REQUIRE(bytes.size() == kMinRegionBytes);
  const std::size_t state = header::kState * kWordBytes;
  CHECK(bytes[state] == static_cast<char>(RegionState::kClosed));
  CHECK(bytes[at + 5 * kWordBytes] == 0);
}
