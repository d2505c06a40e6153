// What a terminal says while one waits.  No test depends on a time: what is shown at once is shown at every step, what
// is never shown waits for an hour, and what a step that does not end must show is waited for.
#include "tools/progress.h"

#include <catch2/catch.hpp>

#include "tests/tools/recorded_process.h"
#include "tests/tools/situations.h"
#include "tools/command_line.h"
#include "tools/output.h"

using namespace looptape::test;
using looptape::tools::Output;
using looptape::tools::Progress;
using namespace std::chrono_literals;

namespace {

constexpr Progress::Pace kAtOnce{0ms, 0ms}, kNever{1h, 0ms};
constexpr const char* kErase = "\x1b[K";  // with the return before it, which the terminal's reader leaves out

Run command(Progress::Pace pace, const std::vector<std::string>& arguments,
            const std::vector<std::string>& variables = {}) {
  return on_terminal(200, variables, [&] {
    return looptape::tools::run_command_line(static_cast<int>(arguments.size()) + 1,
                                             argument_pointers(arguments).data(), pace);
  });
}

// The steps that were shown one after the other, and after them what stays on the terminal.
std::vector<std::string> steps(const std::string& text) {
  std::vector<std::string> result;
  std::size_t from = 0;
  for (std::size_t at = text.find(kErase); at != std::string::npos; at = text.find(kErase, from)) {
    if (at != from) result.push_back(text.substr(from, at - from));
    from = at + std::string(kErase).size();
  }
  result.push_back(text.substr(from));
  return result;
}

// `wanted` occur in this order.
void check_order(const std::vector<std::string>& all, const std::vector<std::string>& wanted) {
  std::size_t next = 0;
  for (const std::string& each : all) next += next < wanted.size() && each == wanted[next];
  CAPTURE(all, wanted);
  CHECK(next == wanted.size());
}

}  // namespace

TEST_CASE("a view says that it reads, goes through what it read, and sorts, and takes every line away again") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const std::string reading = "reading " + tape + ", 1 of 1", sorting = "sorting what was read of " + tape + ", 1 of 1";
  struct Case {
    std::vector<std::string> arguments, steps;
  };
  const std::string through = "going through requests, 3 of 3";
  for (const Case& one : std::vector<Case>{
           {{"requests", tape}, {"looking at " + tape + ", 1 of 1", reading, sorting, through, "sorting 3 requests"}},
           {{"stages", tape}, {reading, sorting, through, "sorting durations"}},
           {{"info", tape}, {reading, sorting, through}},
           {{"show", tape, "17"}, {reading, sorting, "going through 3 requests of answers"}}}) {
    const Run shown = command(kAtOnce, one.arguments);
    CHECK(shown.code == 0);
    check_order(steps(shown.out), one.steps);
    // What stays is what is there without: the view alone.
    CHECK(steps(shown.out).back() == looptape_on_terminal(200, one.arguments).out);
  }
}

TEST_CASE("what takes less than the quiet time says nothing, and a pipe never gets a word") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const Run quiet = command(kNever, {"requests", tape});
  CHECK(quiet.code == 0);
  CHECK(quiet.out.find(kErase) == std::string::npos);
  CHECK(quiet.out == looptape_on_terminal(200, {"requests", tape}).out);
  const std::string errors = folder / "errors";
  const Run piped = on_terminal(200, {}, [&] {
    dup2(open(errors.c_str(), O_CREAT | O_WRONLY, 0600), 2);
    return looptape::tools::run_command_line(3, argument_pointers({"requests", tape}).data(), kAtOnce);
  });
  CHECK(piped.out.find(kErase) == std::string::npos);
  CHECK(contents(errors).empty());
}

TEST_CASE("a message that comes in between stands on a line of its own") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  std::string damaged = contents(tape);
  damaged.resize(damaged.size() / 2);
  write_file(folder / "b.tape", damaged);
  const Run run = command(kAtOnce, {"requests", folder / "b.tape"});
  CHECK(run.code == 1);
  const std::vector<std::string> all = steps(run.out);
  const auto message = std::find_if(all.begin(), all.end(), [](const std::string& text) {
    return text.starts_with("looptape: ") && text.find("; what is whole is shown\n") != std::string::npos;
  });
  CAPTURE(all);
  CHECK(message != all.end());
}

TEST_CASE("dump says that it copies, writes and counts") {
  const Folder folder;
  const Server server(folder);
  const Run run = command(kAtOnce, {"dump", server.pid(), "-o", folder / "now.tape"});
  CHECK(run.code == 0);
  const std::string who = "process " + server.pid();
  check_order(steps(run.out),
              {"copying the region of " + who, "writing the dump of " + who, "counting what the dump holds"});
  CHECK(steps(run.out).back().starts_with(folder / "now.tape"));
}

TEST_CASE("recover says which region of how many it reads and which process it writes a dump of") {
  const Folder folder, regions;
  const std::vector<std::string> place{"LOOPTAPE_REGION_DIRECTORY=" + regions.path(), "LOOPTAPE_DIR=" + folder.path()};
  setenv("LOOPTAPE_REGION_DIRECTORY", regions.path().c_str(), 1);
  std::vector<std::string> pids;
  for (int i = 0; i < 2; ++i) {
    Server server(folder);
    server.kill_it();
    pids.push_back(server.pid());
  }
  unsetenv("LOOPTAPE_REGION_DIRECTORY");
  const auto step = [](const std::string& what, int number) { return what + ", " + std::to_string(number) + " of 2"; };
  const std::string reading = "reading the region of a dead process";
  std::vector<std::string> left;
  for (const auto& each : std::filesystem::recursive_directory_iterator(regions.path())) {
    if (each.is_regular_file()) left.push_back(each.path());
  }
  REQUIRE(left.size() == 2);
  SECTION("all of them") {
    const Run run = command(kAtOnce, {"recover", "--all"}, place);
    CHECK(run.code == 0);
    const std::vector<std::string> all = steps(run.out);
    check_order(all, {step(reading, 1), step(reading, 2)});
    for (const std::string& pid : pids) {
      CAPTURE(all, pid);
      CHECK(std::count_if(all.begin(), all.end(), [&](const std::string& text) {
              return text.starts_with("writing the dump of tools-test-") &&
                     text.find(" pid " + pid) != std::string::npos;
            }) == 1);
    }
  }
  SECTION("those that are named") {
    const Run run = command(kAtOnce, {"recover", left[0], left[1]}, place);
    CHECK(run.code == 0);
    check_order(steps(run.out), {step(reading, 1), step(reading, 2)});
  }
}

TEST_CASE("a step that does not end is shown all the same") {
  // The terminal of this test is read until the line is there: the step never returns before.
  const int reader = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE((reader >= 0 && grantpt(reader) == 0 && unlockpt(reader) == 0));
  std::FILE* const terminal = fdopen(open(ptsname(reader), O_RDWR | O_NOCTTY | O_CLOEXEC), "w");
  REQUIRE(terminal != nullptr);
  {
    Output output(terminal);
    Progress progress(output, {1ms, 1ms});
    progress.step("first");
    progress.step("sorting what takes long");
    std::string seen;
    while (seen.find("sorting what takes long") == std::string::npos) {
      char buffer[256];
      const ssize_t got = read(reader, buffer, sizeof buffer);
      REQUIRE(got > 0);
      seen.append(buffer, static_cast<std::size_t>(got));
    }
  }
  std::fclose(terminal);
  close(reader);
}
