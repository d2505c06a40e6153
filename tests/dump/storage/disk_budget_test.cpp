// A service's tapes stay within their share of the disk, and nothing else is touched.
#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "dump/disk_budget.h"
#include "dump/durable_file.h"
#include "dump/tape_name.h"
#include "tests/dump/storage/fault_calls.h"
#include "tests/skip.h"

using namespace looptape::dump;
using namespace looptape::dump::test;
using looptape::testing::skip_test;

namespace {

constexpr std::int64_t kNow = 1795491087;
constexpr DiskLimits kNone{.bytes = 0, .files = 0, .age_seconds = 0, .free_floor = 0};

std::string named(std::int64_t seconds, std::uint64_t n) { return tape_file_name({seconds, "h", 1, n, "t"}); }

std::uint64_t bytes_in(const std::string& path) {
  std::uint64_t bytes = 0;
  for (const std::string& name : names_in(path)) {
    struct stat status;
    if (lstat((path + "/" + name).c_str(), &status) == 0) bytes += static_cast<std::uint64_t>(status.st_size);
  }
  return bytes;
}

struct Shelf {
  Shelf() { REQUIRE_FALSE(output.open(directory / "service")); }
  void tape(std::int64_t seconds, std::uint64_t n, std::size_t bytes) {
    put(output.path() + "/" + named(seconds, n), std::string(bytes, 'x'));
  }
  TemporaryDirectory directory;
  OutputDirectory output;
};

// Says that the file system has so much room.
class RoomCalls : public FaultCalls {
 public:
  std::uint64_t free = 0;
  int fstatvfs(int, struct statvfs* status) override {
    *status = {};
    status->f_frsize = 1;
    status->f_bavail = free;
    return 0;
  }
};

}  // namespace

TEST_CASE("five hundred dumps under a budget of 10 MiB never exceed it") {
  constexpr std::uint64_t kBudget = std::uint64_t{10} << 20;
  Shelf shelf;
  const DiskLimits limits{.bytes = kBudget, .files = 60, .age_seconds = 0, .free_floor = 0};
  std::uint64_t state = 1, greatest = 0, removed = 0, written = 0, refused = 0;
  const std::string bytes(std::size_t{1} << 20, 'x');
  for (std::uint64_t n = 1; n <= 500; ++n) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const std::size_t size = (state >> 33) % 900000 + 1000;
    // Every tenth is larger than it was thought to be.
    const std::size_t expected = n % 10 == 0 ? size / 8 : size;
    const DiskState before = enforce_disk_limits(shelf.output, limits, expected, kNow + 1000);
    REQUIRE(before.room);
    REQUIRE(before.most_bytes >= expected);
    removed += before.removed.size();
    DurableFile file(shelf.output);
    REQUIRE_FALSE(file.create(named(kNow + static_cast<std::int64_t>(n), n), before.most_bytes));
    bool failed = false;
    for (std::size_t at = 0; at < size && !failed; at += 65536) {
      failed =
          static_cast<bool>(file.write(std::as_bytes(std::span(bytes).first(std::min<std::size_t>(65536, size - at)))));
      greatest = std::max(greatest, bytes_in(shelf.output.path()));
    }
    if (failed) {
      ++refused;
    } else {
      REQUIRE_FALSE(file.commit());
      ++written;
    }
    const DiskState after = enforce_disk_limits(shelf.output, limits, 0, kNow + 1000);
    CHECK(after.removed.empty());
    REQUIRE(after.bytes == bytes_in(shelf.output.path()));
    REQUIRE(after.files <= 60);
    REQUIRE(greatest <= kBudget);
  }
  std::printf("500 dumps: %llu written, %llu given up, %llu removed, at most %llu bytes\n",
              static_cast<unsigned long long>(written), static_cast<unsigned long long>(refused),
              static_cast<unsigned long long>(removed), static_cast<unsigned long long>(greatest));
  CHECK(written > 450);
  CHECK(greatest > kBudget / 2);
  // The newest are the ones that stayed.
  const std::vector<std::string> names = names_in(shelf.output.path());
  CHECK(names.back() == named(kNow + 499, 499));
}

TEST_CASE("the oldest go first, by the time in their names, and it is told why") {
  Shelf shelf;
  for (std::uint64_t n = 0; n < 6; ++n) shelf.tape(kNow - 100 * static_cast<std::int64_t>(n), n, 1000);
  DiskLimits limits = kNone;
  limits.files = 5;
  DiskState state = enforce_disk_limits(shelf.output, limits, 0, kNow);
  REQUIRE(state.removed.size() == 1);
  CHECK(state.removed[0].name == named(kNow - 500, 5));
  CHECK(state.removed[0].bytes == 1000);
  CHECK(state.removed[0].reason == RemovalReason::kFiles);
  limits = kNone;
  limits.age_seconds = 350;
  state = enforce_disk_limits(shelf.output, limits, 0, kNow);
  REQUIRE(state.removed.size() == 1);
  CHECK(state.removed[0].name == named(kNow - 400, 4));
  CHECK(state.removed[0].reason == RemovalReason::kAge);
  limits = kNone;
  limits.bytes = 3500;
  state = enforce_disk_limits(shelf.output, limits, 1500, kNow);
  REQUIRE(state.removed.size() == 2);
  CHECK(state.removed[0].name == named(kNow - 300, 3));
  CHECK(state.removed[1].name == named(kNow - 200, 2));
  CHECK(state.removed[1].reason == RemovalReason::kBytes);
  CHECK(state.room);
  CHECK(state.most_bytes == 1500);
  CHECK(state.files == 2);
}

TEST_CASE("what cannot fit at all removes nothing") {
  Shelf shelf;
  for (std::uint64_t n = 0; n < 4; ++n) shelf.tape(kNow + static_cast<std::int64_t>(n), n, 1000);
  DiskLimits limits = kNone;
  limits.bytes = 10000;
  const DiskState state = enforce_disk_limits(shelf.output, limits, 10001, kNow);
  CHECK_FALSE(state.room);
  CHECK(state.removed.empty());
  CHECK(state.error.code == ENOSPC);
  CHECK(state.error.what ==
        shelf.output.path() + ": no room for 9.8 KiB: disk_bytes (LOOPTAPE_DISK_BYTES) allows 10000 bytes; raise it");
}

TEST_CASE("a floor of free space is kept by removing tapes, but not in vain") {
  TemporaryDirectory directory;
  RoomCalls calls;
  OutputDirectory output(calls);
  REQUIRE_FALSE(output.open(directory / "service"));
  for (std::uint64_t n = 0; n < 4; ++n)
    put(output.path() + "/" + named(kNow + static_cast<std::int64_t>(n), n), std::string(1000, 'x'));
  DiskLimits limits = kNone;
  limits.free_floor = 5000;
  calls.free = 10000;
  CHECK(enforce_disk_limits(output, limits, 5000, kNow).removed.empty());
  calls.free = 4500;
  DiskState state = enforce_disk_limits(output, limits, 1000, kNow);
  CHECK(state.room);
  REQUIRE(state.removed.size() == 2);
  CHECK(state.removed[1].name == named(kNow + 1, 1));
  CHECK(state.removed[0].reason == RemovalReason::kFreeSpace);
  calls.free = 100;
  state = enforce_disk_limits(output, limits, 5000, kNow);
  CHECK_FALSE(state.room);
  CHECK(state.removed.empty());
  CHECK(names_in(output.path()).size() == 2);
}

// The bug that was: a floor above what the disk has was told as a full disk.
TEST_CASE("when there is no room, the limit that leaves none is told with its value, what there is, and what to do") {
  TemporaryDirectory directory;
  RoomCalls calls;
  OutputDirectory output(calls);
  REQUIRE_FALSE(output.open(directory / "service"));
  const std::string no_room = output.path() + ": no room for 120 KiB: ";
  const auto why = [&](const DiskLimits& limits) {
    const DiskState state = enforce_disk_limits(output, limits, 120 << 10, kNow);
    CHECK_FALSE(state.room);
    CHECK(state.error.code == ENOSPC);
    return state.error.what;
  };
  DiskLimits limits = kNone;
  limits.free_floor = std::uint64_t{1} << 50;
  calls.free = std::uint64_t{80} << 30;
  const std::string floor = no_room + "disk_free_floor (LOOPTAPE_DISK_FREE_FLOOR) keeps 1 PiB free, and 80 GiB are";
  CHECK(why(limits) == floor + "; lower it, or free some space");
  put(output.path() + "/" + named(kNow, 1), std::string(2048, 'x'));
  CHECK(why(limits) == floor + ", 2.0 KiB more without older dumps; lower it, or free some space");
  limits = kNone;
  limits.bytes = 100 << 10;
  const std::string bytes = no_room + "disk_bytes (LOOPTAPE_DISK_BYTES) allows 100 KiB";
  CHECK(why(limits) == bytes + "; raise it");
  limits.bytes = 121 << 10;
  put(output.path() + "/" + named(kNow, 2) + ".part", std::string(2048, 'x'));
  CHECK(why(limits) == no_room +
                           "disk_bytes (LOOPTAPE_DISK_BYTES) allows 121 KiB, and dumps being written hold 2.0 KiB"
                           "; raise it");
  CHECK(names_in(output.path()).size() == 2);
}

namespace {
// By limits under which every tape of ours would go.
void check_only_removed(Shelf& shelf, const std::string& name) {
  const DiskLimits limits{.bytes = 1, .files = 1, .age_seconds = 1, .free_floor = 0};
  const DiskState state = enforce_disk_limits(shelf.output, limits, 0, kNow);
  REQUIRE(state.removed.size() == 1);
  CHECK(state.removed[0].name == name);
}
}  // namespace

TEST_CASE("only our own tapes are ever removed") {
  Shelf shelf;
  const std::string at = shelf.output.path() + "/";
  put(shelf.directory / "victim", "untouched");
  REQUIRE(symlink((shelf.directory / "victim").c_str(), (at + named(kNow - 9, 1)).c_str()) == 0);
  REQUIRE(mkdir((at + named(kNow - 9, 2)).c_str(), 0700) == 0);
  REQUIRE(mkfifo((at + named(kNow - 9, 3)).c_str(), 0600) == 0);
  put(at + "notes.txt", "mine");
  put(at + "other.tape", "renamed by hand");
  put(at + named(kNow - 9, 5) + ".part", "being written");
  const std::vector<std::string> before = names_in(shelf.output.path());
  shelf.tape(kNow - 8, 7, 10);
  check_only_removed(shelf, named(kNow - 8, 7));
  CHECK(names_in(shelf.output.path()) == before);
  CHECK(content_of(shelf.directory / "victim") == "untouched");
}

TEST_CASE("a tape of another user is never removed") {
  if (geteuid() != 0) return skip_test("only root can make one");
  Shelf shelf;
  shelf.tape(kNow - 9, 4, 10);
  REQUIRE(chown((shelf.output.path() + "/" + named(kNow - 9, 4)).c_str(), 65534, 65534) == 0);
  shelf.tape(kNow - 8, 7, 10);
  check_only_removed(shelf, named(kNow - 8, 7));
  CHECK(names_in(shelf.output.path()) == std::vector<std::string>{named(kNow - 9, 4)});
}

// The bug that was: with room for one file, somebody else's temporary one cost the only tape, the new one included.
TEST_CASE("a temporary file of another writer counts as bytes and takes no tape's place") {
  Shelf shelf;
  shelf.tape(kNow - 9, 1, 10);
  put(shelf.output.path() + "/" + named(kNow - 8, 2) + ".part", "x");
  DiskLimits limits = kNone;
  limits.files = 1;
  const DiskState before = enforce_disk_limits(shelf.output, limits, 10, kNow);
  CHECK(before.room);
  REQUIRE(before.removed.size() == 1);
  CHECK(before.removed[0].name == named(kNow - 9, 1));
  shelf.tape(kNow, 3, 10);
  CHECK(enforce_disk_limits(shelf.output, limits, 0, kNow).removed.empty());
  CHECK(names_in(shelf.output.path()) == std::vector<std::string>{named(kNow - 8, 2) + ".part", named(kNow, 3)});
}

TEST_CASE("when the k-th system call fails nothing newer is removed before something older") {
  for (const int error : {EIO, EACCES, EINTR}) {
    for (int k = 1;; ++k) {
      TemporaryDirectory directory;
      FaultCalls calls;
      OutputDirectory output(calls);
      REQUIRE_FALSE(output.open(directory / "service"));
      for (std::uint64_t n = 0; n < 6; ++n)
        put(output.path() + "/" + named(kNow + static_cast<std::int64_t>(n), n), std::string(100, 'x'));
      calls.fault = Fault::kError;
      calls.error = error;
      calls.count = 0;
      calls.at = k;
      DiskLimits limits = kNone;
      limits.bytes = 350;
      const DiskState state = enforce_disk_limits(output, limits, 0, kNow);
      if (!calls.struck) break;
      calls.fault = Fault::kNone;
      INFO("call " << k << ", errno " << error << ": " << state.error.what);
      // At most one file escaped notice or removal; the budget's newest are all there.
      CHECK(bytes_in(output.path()) <= 600);
      const std::vector<std::string> names = names_in(output.path());
      CHECK(std::find(names.begin(), names.end(), named(kNow + 5, 5)) != names.end());
    }
  }
}
