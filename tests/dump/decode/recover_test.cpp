// Finding regions, and turning those of dead processes into dumps.
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/process_identity.h"
#include "core/region_lock.h"
#include "dump/dump_writer.h"
#include "dump/recover.h"
#include "dump/region_reader.h"
#include "dump/tape_reader.h"
#include "looptape/core/site.h"
#include "tests/dump/decode/recording_builder.h"
#include "tests/dump/decode/region_directory.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;
namespace header = core::header;
namespace fs = std::filesystem;

namespace {

// Regions of dead and living processes.
struct SharedMemory : RegionDirectory {
  std::string put_alive(const std::string& service) {
    const auto self = static_cast<std::uint64_t>(::getpid());
    return put(service, self, core::process_start_time(self));
  }
};

DumpOutcome failing_dump(const RegionCopy&, const Trigger&) { return {"", "disk full", false}; }

}  // namespace

TEST_CASE("a region file's name tells service, process and start") {
  const auto name = parse_region_name("rag-answers-v2-417-99");
  REQUIRE(name);
  CHECK(name->service == "rag-answers-v2");
  CHECK(name->pid == 417);
  CHECK(name->start_time == 99);
  CHECK(parse_region_name("answers-417-99+3")->start_time == 99);
  for (const char* other : {"", "answers", "answers-417", "-417-99", "answers-417-", "answers--99", "answers-x-99",
                            "answers-417-99x", "answers-99999999999999999999-1"})
    CHECK_FALSE(parse_region_name(other));
}

TEST_CASE("regions are found with what they are of and whether their process runs") {
  SharedMemory memory;
  memory.put_dead("answers");
  memory.put_alive("answers");
  memory.put_dead("billing");
  write_words(memory.own / ("broken-" + std::to_string(kNobody) + "-1"), std::vector<std::uint64_t>(1024, 7));
  write_words(memory.own / "not-a-region", {1});
  const std::vector<FoundRegion> all = find_regions(memory.search());
  REQUIRE(all.size() == 4);
  CHECK(all[0].service == "answers");
  CHECK(all[0].pid == static_cast<std::uint64_t>(::getpid()));
  CHECK(all[0].alive);
  CHECK_FALSE(all[1].alive);
  CHECK(all[2].service == "billing");
  CHECK(all[3].problem.fault == RegionFault::kNotARegion);
  CHECK(all[3].service == "broken");
  CHECK(find_regions(memory.search("answers")).size() == 2);
  const auto mine = find_region_of(static_cast<std::uint64_t>(::getpid()), memory.search());
  REQUIRE(mine);
  CHECK(mine->alive);
  CHECK_FALSE(find_region_of(kNobody, memory.search()));  // dead
}

TEST_CASE("links, foreign names and open directories are passed over") {
  SharedMemory memory;
  const std::string real = memory.put_dead("answers");
  fs::create_symlink(real, memory.own / "linked-1-1");
  fs::create_hard_link(real, memory.own / "hard-1-1");
  fs::create_directory(memory.own / "directory-1-1");
  REQUIRE(::mkfifo((memory.own / "fifo-1-1").c_str(), 0600) == 0);
  CHECK(find_regions(memory.search()).empty());  // the real one has two names now
  fs::remove(memory.own / "hard-1-1");
  CHECK(find_regions(memory.search()).size() == 1);
  fs::permissions(memory.own, fs::perms::all);
  CHECK(find_regions(memory.search()).empty());
  CHECK(recover_region(real, good_dump).result == RecoveryResult::kFailed);
}

TEST_CASE("a region in anonymous memory is found through its process") {
  const int memory = static_cast<int>(::memfd_create("looptape", MFD_CLOEXEC));
  REQUIRE(memory >= 0);
  Recording recording;
  recording.thread(0).chunk({.base = 100});
  const auto self = static_cast<std::uint64_t>(::getpid());
  recording.header(header::kPid) = self;
  recording.header(header::kProcessStart) = core::process_start_time(self);
  recording.header(header::kBootId) = core::boot_id()[0];
  recording.header(header::kBootId + 1) = core::boot_id()[1];
  const auto image = recording.image(4096);
  const auto bytes = static_cast<ssize_t>(image.size() * sizeof image[0]);
  REQUIRE(::write(memory, image.data(), static_cast<std::size_t>(bytes)) == bytes);
  SharedMemory none;
  RegionSearch search = none.search();
  search.volatile_ones = true;
  const auto found = find_region_of(self, search);
  REQUIRE(found);
  CHECK(found->is_volatile);
  CHECK(found->alive);
  CHECK(found->path == "/proc/" + std::to_string(self) + "/fd/" + std::to_string(memory));
  const auto all = find_regions(search);
  CHECK(std::count_if(all.begin(), all.end(), [&](const FoundRegion& one) { return one.pid == self; }) == 1);
  ::close(memory);
}

TEST_CASE("a dead region becomes a dump and is removed once the dump is durable") {
  SharedMemory memory;
  const std::string path = memory.put_dead("answers");
  bool there_while_writing = false;
  Rows rows;
  const Recovery recovery =
      recover_dead_regions({.search = memory.search()}, [&](const RegionCopy& copy, const Trigger& trigger) {
        there_while_writing = fs::exists(path);
        assemble(copy, trigger, rows);
        return DumpOutcome{"answers.tape", "", false};
      });
  REQUIRE(recovery.regions.size() == 1);
  CHECK(recovery.regions[0].result == RecoveryResult::kRecovered);
  CHECK(recovery.regions[0].dump == "answers.tape");
  CHECK(there_while_writing);
  CHECK_FALSE(fs::exists(path));
  CHECK(rows.open.trigger.kind == TriggerKind::kRecovered);
  CHECK(rows.stage("answer").duration == 10);
  CHECK_FALSE(rows.open.process.alive);
}

TEST_CASE("a region whose process runs is not touched") {
  SharedMemory memory;
  const std::string path = memory.put_alive("answers");
  CHECK(recover_dead_regions({.search = memory.search()}, good_dump).regions.empty());
  CHECK(recover_region(path, good_dump).result == RecoveryResult::kAlive);
  CHECK(fs::exists(path));
}

TEST_CASE("a region that somebody else has claimed is left to them") {
  SharedMemory memory;
  const std::string path = memory.put_dead("answers");
  const int other = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(core::claim_region(other) == core::RegionLocking::kHeld);
  CHECK(recover_region(path, good_dump).result == RecoveryResult::kClaimed);
  CHECK(fs::exists(path));
  ::close(other);
  CHECK(recover_region(path, good_dump).result == RecoveryResult::kRecovered);
  CHECK(recover_region(path, good_dump).result == RecoveryResult::kClaimed);  // done already
}

TEST_CASE("two recoverers at once make one dump") {
  SharedMemory memory;
  const std::string path = memory.put_dead("answers");
  RecoveryResult second = RecoveryResult::kFailed;
  int dumps = 0;
  const RegionRecovery first = recover_region(path, [&](const RegionCopy&, const Trigger&) {
    ++dumps;
    second = recover_region(path, [&](const RegionCopy&, const Trigger&) {
               ++dumps;
               return DumpOutcome{"second.tape", "", false};
             }).result;
    return DumpOutcome{"first.tape", "", false};
  });
  CHECK(first.result == RecoveryResult::kRecovered);
  CHECK(second == RecoveryResult::kClaimed);
  CHECK(dumps == 1);
}

TEST_CASE("what is left to say of a dump that was made is told with it") {
  SharedMemory memory;
  const std::string path = memory.put_dead("answers");
  const RegionRecovery one = recover_region(path, [](const RegionCopy&, const Trigger&) {
    return DumpOutcome{"dump.tape", "may not survive a power loss", false};
  });
  CHECK(one.result == RecoveryResult::kRecovered);
  CHECK(one.dump == "dump.tape");
  CHECK(one.error == "may not survive a power loss");
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("what is damaged in a region is told with its dump, and the next region is announced before it is read") {
  SharedMemory memory;
  const std::string path = memory.put_dead("answers");
  fs::resize_file(path, fs::file_size(path) - 8);
  int announced = 0;
  const DumpWriterSettings place{.directory = (memory.directory.path() / "dumps").string()};
  const Recovery recovery = recover_dead_regions({.search = memory.search(), .on_region = [&] { ++announced; }},
                                                 [&](const RegionCopy& copy, const Trigger& why) {
                                                   CHECK(announced == 1);
                                                   DumpWriter writer(place);
                                                   return writer.write(copy, why);
                                                 });
  REQUIRE(recovery.regions.size() == 1);
  CHECK(recovery.regions[0].result == RecoveryResult::kRecovered);
  CHECK(recovery.regions[0].damage.find("the region is cut short here") != std::string::npos);
  FileSource file;
  REQUIRE_FALSE(file.open(recovery.regions[0].dump));
  Rows rows;
  REQUIRE(read_tape(file, rows).ok());
  CHECK(rows.stages.size() == 1);
  CHECK(rows.close.rebuilt);
  CHECK(rows.close.damages == 1);  // for all who read the dump later
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a region of a newer minor layout is read by who asks, and left to a program that knows all of it") {
  SharedMemory memory;
  const std::string path = memory.put_dead("answers");
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  const std::uint64_t newer = std::uint64_t{core::kLayoutMajor} << 32 | (core::kLayoutMinor + 1);
  REQUIRE(::pwrite(file, &newer, sizeof newer, header::kVersion * sizeof newer) == sizeof newer);
  ::close(file);
  const RegionRecovery one = recover_region(path, good_dump);
  CHECK(one.result == RecoveryResult::kFailed);
  CHECK(one.error.find("a newer looptape") != std::string::npos);
  CHECK(fs::exists(path));
  RegionReader reader;
  RegionCopy copy;
  REQUIRE_FALSE(reader.open(path));
  REQUIRE_FALSE(reader.read(&copy));
  CHECK(decode(copy).stages.size() == 1);
}

TEST_CASE("a region whose dump fails stays for the next try") {
  SharedMemory memory;
  const std::string path = memory.put_dead("answers");
  const Recovery recovery = recover_dead_regions({.search = memory.search()}, failing_dump);
  REQUIRE(recovery.regions.size() == 1);
  CHECK(recovery.regions[0].result == RecoveryResult::kFailed);
  CHECK(recovery.regions[0].error == "disk full");
  CHECK(fs::exists(path));
  CHECK(recover_dead_regions({.search = memory.search()}, good_dump).regions[0].result == RecoveryResult::kRecovered);
}

TEST_CASE("a region whose process died before it recorded is removed without a dump") {
  SharedMemory memory;
  const fs::path dead = memory.own / ("answers-" + std::to_string(kNobody) + "-1");
  write_words(dead, std::vector<std::uint64_t>(4096));
  const auto self = static_cast<std::uint64_t>(::getpid());
  const fs::path starting =
      memory.own / ("answers-" + std::to_string(self) + "-" + std::to_string(core::process_start_time(self)));
  write_words(starting, std::vector<std::uint64_t>(4096));
  const Recovery recovery = recover_dead_regions({.search = memory.search()}, failing_dump);
  REQUIRE(recovery.regions.size() == 1);
  CHECK(recovery.regions[0].result == RecoveryResult::kEmpty);
  CHECK_FALSE(fs::exists(dead));
  CHECK(fs::exists(starting));
}

TEST_CASE("a region whose process died late in its set-up, its names there, is removed without a dump") {
  SharedMemory memory;
  const fs::path dead = memory.own / ("answers-" + std::to_string(kNobody) + "-1");
  std::vector<std::uint64_t> words(4096);
  words[core::header::kMagic] = core::kRegionMagic;
  words[core::header::kEndian] = core::kEndianMark;
  words[core::header::kVersion] = std::uint64_t{core::kLayoutMajor} << 32;
  words[2000] = 1;  // a name
  write_words(dead, words);
  CHECK(recover_region(dead, failing_dump).result == RecoveryResult::kEmpty);
  CHECK_FALSE(fs::exists(dead));
}

// The bug that was: whatever began with zeros was removed, as a region in which nothing had been recorded.
TEST_CASE("a file that begins with zeros is kept when it is no recorder's, or when something is in it") {
  SharedMemory memory;
  const std::string name = "answers-" + std::to_string(kNobody) + "-1";
  std::vector<std::uint64_t> something(4096);
  something.back() = 1;
  const fs::path elsewhere = fs::path(memory.directory.path()) / name, other = memory.own / "disk.img",
                 wiped = memory.own / name;
  write_words(elsewhere, std::vector<std::uint64_t>(4096));
  write_words(other, std::vector<std::uint64_t>(4096));
  write_words(wiped, something);
  for (const fs::path& path : {elsewhere, other, wiped}) {
    INFO(path);
    const RegionRecovery recovery = recover_region(path, failing_dump);
    CHECK(recovery.result == RecoveryResult::kFailed);
    CHECK(recovery.error == "no recording has begun in it");
    CHECK(fs::exists(path));
  }
}

TEST_CASE("dead regions that cannot be dumped are capped in number, the oldest go first") {
  SharedMemory memory;
  std::vector<std::string> paths;
  for (std::uint64_t i = 0; i < 5; ++i) {
    paths.push_back(memory.put_dead("answers", kNobody + i));
    const timespec times[2] = {{1000 + static_cast<time_t>(i), 0}, {1000 + static_cast<time_t>(i), 0}};
    REQUIRE(::utimensat(AT_FDCWD, paths.back().c_str(), times, 0) == 0);
  }
  const Recovery recovery = recover_dead_regions({.search = memory.search(), .max_regions = 3}, failing_dump);
  CHECK(recovery.regions.size() == 5);
  CHECK(recovery.removed == std::vector<std::string>{paths[0], paths[1]});
  CHECK_FALSE(fs::exists(paths[1]));
  CHECK(fs::exists(paths[2]));
}

TEST_CASE("dead regions that cannot be dumped are capped in bytes") {
  SharedMemory memory;
  for (std::uint64_t i = 0; i < 4; ++i) memory.put_dead("answers", kNobody + i);
  const std::uint64_t one = find_regions(memory.search())[0].bytes;
  const Recovery recovery = recover_dead_regions({.search = memory.search(), .max_bytes = 2 * one}, failing_dump);
  CHECK(recovery.removed.size() == 2);
  CHECK(find_regions(memory.search()).size() == 2);
}

TEST_CASE("recovery keeps to the service it was asked for") {
  SharedMemory memory;
  memory.put_dead("answers");
  const std::string other = memory.put_dead("billing");
  CHECK(recover_dead_regions({.search = memory.search("answers")}, good_dump).regions.size() == 1);
  CHECK(fs::exists(other));
}

namespace {

// Records `count` numbered events in a region below `directory`, says so on `ready`, and waits to be killed.
[[noreturn]] void record_until_killed(const std::string& directory, int ready, std::uint64_t count) {
  core::EngineSettings settings;
  settings.region.service = "victim";
  settings.region.directory = directory;
  settings.region.budget_bytes = core::kMinRegionBytes;
  std::string problem;
  if (core::Engine::start(settings, &problem) == nullptr) ::_exit(1);
  const std::uint16_t site = core::register_name("number", Kind::other);
  const std::uint64_t head =
      core::record_head(core::RecordType::kEvent, static_cast<unsigned>(core::ValueType::kUnsigned), site, 0);
  for (std::uint64_t i = 0; i < count; ++i) core::put_event<core::Memory>(head, i);
  core::open_stage<core::Memory>(*core::t_writer, core::register_name("hanging", Kind::other), 1);
  if (::write(ready, "x", 1) != 1) ::_exit(1);
  for (;;) ::pause();
}

}  // namespace

TEST_CASE("the region of a killed process becomes a tape that holds everything it had recorded") {
  constexpr std::uint64_t kCount = 20'000;
  SharedMemory memory;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) record_until_killed(memory.directory.path(), ends[1], kCount);
  ::close(ends[1]);
  char byte;
  REQUIRE(::read(ends[0], &byte, 1) == 1);
  ::close(ends[0]);
  CHECK(recover_dead_regions({.search = memory.search("victim")}, good_dump).regions.empty());
  REQUIRE(::kill(child, SIGKILL) == 0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);  // a zombie is dead enough

  DumpWriter writer({.directory = memory.directory.path()});
  const Recovery recovery =
      recover_dead_regions({.search = memory.search("victim")},
                           [&](const RegionCopy& copy, const Trigger& trigger) { return writer.write(copy, trigger); });
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  REQUIRE(recovery.regions.size() == 1);
  INFO(recovery.regions[0].error);
  REQUIRE(recovery.regions[0].result == RecoveryResult::kRecovered);
  CHECK(find_regions(memory.search()).empty());

  FileSource tape;
  REQUIRE_FALSE(tape.open(recovery.regions[0].dump));
  Rows rows;
  REQUIRE(read_tape(tape, rows).ok());
  CHECK(rows.open.trigger.kind == TriggerKind::kRecovered);
  CHECK(rows.open.process.pid == static_cast<std::uint64_t>(child));
  CHECK_FALSE(rows.open.process.alive);
  CHECK_FALSE(rows.open.process.clean_exit);
  REQUIRE(rows.points.size() == kCount);
  for (std::uint64_t i = 0; i < kCount; ++i)
    if (rows.points[i].value != i) FAIL("event " << i << " is not where it should be");
  REQUIRE(rows.open.open_stages.size() == 1);
  CHECK(rows.name(rows.open.open_stages[0].site) == "hanging");
}
