// What fork, clone, vfork and exec do to a recording: the child is inert, the parent unharmed, nothing is shared.
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "tests/probes/place.h"

using namespace looptape;
using namespace looptape::dump::testing;
using looptape::testing::Place;

namespace {

bool is_mapped(const std::string& path) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find(path) != std::string::npos) return true;
  return false;
}

int exit_code(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

pid_t vfork_and_exec() {
  const pid_t child = ::vfork();
  if (child == 0) {
    ::execl("/bin/true", "true", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  return child;
}

// Everything the API offers, as a child that does not know better would call it.
void use_everything() {
  Request request{{.kind = "child's", .tenant = "t", .user = "u"}};
  request.set<"n">(1);
  request.external("ticket", "1");
  for (int i = 0; i < 1000; ++i) {
    Stage<"child's stage"> stage;
    stage.set<"n">(i);
    stage.set<"text">("text");
    event<"child's event">(i);
  }
  Detached<"child's detached"> detached;
  Sequence steps;
  steps.next<"child's step">();
  Adopt adopted{Context::current()};
  name_thread("child");
  intern("a name of the child's");
}

std::uint64_t events(const Rows& rows, const std::string& name) {
  std::uint64_t found = 0;
  for (const auto& point : rows.points) found += point.name == name;
  return found;
}

void check_parent_alone(const Rows& rows, std::uint64_t parents) {
  CHECK(events(rows, "parent's") == parents);
  CHECK(events(rows, "child's event") == 0);
  for (const auto& stage : rows.stages) CHECK(stage.name.find("child") == std::string::npos);
  for (const auto& name : rows.open.names) CHECK(name.text.find("of the child") == std::string::npos);
  CHECK(rows.damages.empty());
}

}  // namespace

TEST_CASE("a forked child records nothing, has no region mapped, and the parent goes on", "[notsan]") {
  Place place;
  Recorder recorder{place.settings()};
  const std::string path = recorder.region_path();
  REQUIRE(is_mapped(path));
  auto open = std::make_unique<Stage<"open at the fork">>();
  open->set<"n">(1);
  event<"parent's">();
  // With and without the C library's knowledge: handlers of pthread_atfork do not run for the second.
  for (const bool raw : {false, true}) {
    const pid_t child =
        raw ? static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr)) : ::fork();
    if (child == 0) {
      if (is_mapped(path)) ::_exit(1);
      if (recorder.recording()) ::_exit(2);
      if (recorder.problem().find("forked child") == std::string::npos) ::_exit(5);
      open->set<"child's">(1);
      open.reset();
      use_everything();
      if (!Context::current().empty()) ::_exit(3);
      recorder.dump("child");
      recorder.pause();
      if (recorder.dump_and_wait("child") != "") ::_exit(4);
      ::_exit(0);
    }
    CHECK(exit_code(child) == 0);
  }
  CHECK(recorder.recording());
  event<"parent's">();
  open.reset();
  const Rows rows = decode(read_outside(path));
  check_parent_alone(rows, 2);
  CHECK(rows.stage("open at the fork").lost_attributes == 0);
  CHECK(rows.stage("open at the fork").attributes == 1);
  CHECK(recorder.dump_and_wait("parent") != "");
}

// AddressSanitizer's allocator does not survive a fork beside threads that allocate: a lock of it may be held for ever
// in the child, which here starts a recorder.
TEST_CASE("a child that restarts records into a region of its own, again and again", "[nosan]") {
  Place place;
  Settings settings = place.settings();
  settings.signal = SIGUSR2;
  Recorder recorder{settings};
  event<"parent's">();
  const std::string parents = recorder.region_path();
  const pid_t child = ::fork();
  if (child == 0) {
    event<"child's event">();  // before: inert
    if (!recorder.restart()) ::_exit(1);
    if (!recorder.recording() || recorder.region_path() == parents) ::_exit(2);
    event<"child's event">();
    std::thread([] { event<"child's event">(); }).join();
    const Rows rows = decode(read_outside(recorder.region_path()));
    if (events(rows, "child's event") != 2 || events(rows, "parent's") != 0) ::_exit(3);
    if (rows.open.process.pid != static_cast<std::uint64_t>(::getpid())) ::_exit(4);
    ::raise(SIGUSR2);  // the parent's handler was inherited: it must not be chained to
    if (recorder.dump_and_wait("child") == "") ::_exit(5);
    if (recorder.restart()) ::_exit(6);  // only for a forked child
    const pid_t grandchild = ::fork();
    if (grandchild == 0) ::_exit(recorder.restart() && recorder.dump_and_wait("grandchild") != "" ? 0 : 7);
    ::_exit(exit_code(grandchild));
  }
  CHECK(exit_code(child) == 0);
  event<"parent's">();
  const Rows rows = decode(read_outside(parents));
  check_parent_alone(rows, 2);
  CHECK(recorder.recording());
}

TEST_CASE("a child that leaves by exit runs destructors that touch nothing of the parent's", "[notsan]") {
  Place place;
  const std::string path = [&] {
    Recorder recorder{place.settings()};
    event<"parent's">();
    const pid_t child = ::fork();
    if (child == 0) {
      { std::unique_ptr<Recorder> taken; }
      recorder.~Recorder();
      ::_exit(0);
    }
    CHECK(exit_code(child) == 0);
    CHECK(recorder.recording());
    CHECK(place.regions() == 1);
    check_parent_alone(decode(read_outside(recorder.region_path())), 1);
    return recorder.region_path();
  }();
  CHECK(place.regions() == 0);
}

TEST_CASE("forking while threads record: every child is inert, every parent's record is whole", "[notsan]") {
  Place place;
  Recorder recorder{place.settings()};
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> recorded{0};
  std::thread writer([&] {
    while (!stopping.load()) {
      event<"parent's">();
      ++recorded;
    }
  });
  while (recorded.load() == 0) std::this_thread::yield();
  for (int i = 0; i < 50; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      use_everything();
      ::_exit(recorder.recording() ? 1 : 0);
    }
    REQUIRE(exit_code(child) == 0);
  }
  stopping = true;
  writer.join();
  const Rows rows = decode(read_outside(recorder.region_path()));
  CHECK(rows.damages.empty());
  std::uint64_t read = 0, missing = 0, streams = 0;
  for (const auto& stream : rows.close.streams) {
    const Account account = account_of(rows, stream.id);
    read += account.read;
    missing += account.missing;
    ++streams;
  }
  CHECK(read + missing == recorded.load() + 2 * streams);  // and an owner and a context record for each lease
}

TEST_CASE("forking while recorders start and stop: every child is inert, and no region stays", "[notsan]") {
  Place place;
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> recorders{0};
  std::thread starter([&] {
    while (!stopping.load()) {
      Recorder recorder{place.settings()};
      recorders += recorder.recording();
    }
  });
  int gate[2];  // open as long as the children live
  REQUIRE(::pipe(gate) == 0);
  std::vector<pid_t> children;
  for (std::uint64_t i = 0; i < 40; ++i) {
    while (recorders.load() < i && place.said().empty()) std::this_thread::yield();
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(gate[1]);
      use_everything();
      Request request{{.kind = "child's"}};
      char byte = 0;
      const bool inert = request.number() == 0 && ::read(gate[0], &byte, 1) == 0;
      ::_exit(inert ? 0 : 1);
    }
    if (child < 0) break;
    children.push_back(child);
  }
  stopping = true;
  starter.join();
  CHECK(children.size() == 40);
  CHECK(recorders.load() >= 39);
  CHECK(place.said().empty());
  CHECK(place.regions() == 0);
  ::close(gate[1]);
  for (const pid_t child : children) CHECK(exit_code(child) == 0);
  ::close(gate[0]);
}

TEST_CASE("vfork and exec beside a recording", "[notsan]") {
  Place place;
  Recorder recorder{place.settings()};
  for (int i = 0; i < 20; ++i) {
    event<"parent's">();
    REQUIRE(exit_code(vfork_and_exec()) == 0);
  }
  check_parent_alone(decode(read_outside(recorder.region_path())), 20);
}

TEST_CASE("exec: nothing survives but the region, which stays readable, and the next image records beside it",
          "[notsan]") {
  Place place;
  const Settings settings = place.settings();
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("LOOPTAPE_REGION_DIRECTORY", settings.region_directory.c_str(), 1);
    ::setenv("LOOPTAPE_DIR", settings.directory.c_str(), 1);
    ::execl(LOOPTAPE_TEST_BIN_DIR "/probes.exec_self", "probes.exec_self", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  CHECK(exit_code(child) == 0);
}
