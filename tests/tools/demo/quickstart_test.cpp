// The whole quickstart as a process: what it exits with when all is as it should be, and when it is not.

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/tools/demo/temporary_directory.h"
#include "tools/demo/child_process.h"

namespace looptape::tools::demo {
namespace {

struct Ended {
  int code = -1;
  std::string output;
};

Ended drive(const TemporaryDirectory& directory, const std::vector<std::string>& more) {
  const auto path = [&](const char* name) { return (directory.path() / name).string(); };
  std::vector<std::string> arguments = {LOOPTAPE_BIN_DIR "/ragdemo-drive", "--output", path("dumps"), "--index",
                                        path("index")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  auto process = ChildProcess::start(arguments, true);
  REQUIRE(process);
  Ended ended;
  ended.output = process->all_output();
  const int status = process->wait();
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  return ended;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// What can be answered from a few words, so that nothing takes long but what is paced.
Ended drive_on_small_corpus(const TemporaryDirectory& directory, std::vector<std::string> more) {
  directory.write("corpus/locks.txt",
                  "The function quux_lock acquires the lock of a quux. It blocks until no other "
                  "thread holds the lock, and returns zero on success.\n");
  more.insert(more.end(), {"--questions", "1", "--hog-threads", "2",
                           "--server-option=--corpus=" + (directory.path() / "corpus").string()});
  return drive(directory, more);
}

// The three commands in this order, each with what only it prints; no fault is found from there on.
void check_ends_with_what_the_tool_says(const std::string& output) {
  const std::size_t info = output.find("\n$ looptape info ");
  const std::size_t requests = output.find("\n$ looptape requests --slowest 3 ");
  const std::size_t show = output.find("\n$ looptape show ");
  REQUIRE(info != std::string::npos);
  REQUIRE(info < requests);
  REQUIRE(requests < show);
  REQUIRE(show != std::string::npos);
  CHECK(contains(output.substr(info, requests - info), "ragdemo"));
  CHECK(contains(output.substr(requests, show - requests), "DURATION"));
  CHECK(contains(output.substr(show), "STAGE"));
  CHECK(contains(output.substr(show), "generate.first_token"));
  CHECK(!contains(output.substr(info), "FAILED:"));
}

}  // namespace

TEST_CASE("the quickstart that sees no dump fails and says which phases left none") {
  const TemporaryDirectory directory;
  const Ended ended = drive_on_small_corpus(directory, {"--limit-ms", "600000"});
  INFO(ended.output);
  CHECK(ended.code == 1);
  CHECK(contains(ended.output, "FAILED: no dump blames a request of: Another process spins"));
  CHECK(contains(ended.output, "FAILED: no dump blames a request of: A burst of 28 questions"));
  CHECK(!contains(ended.output, "requests failed"));
  CHECK(!contains(ended.output, "the calm phase left a dump"));
}

TEST_CASE("the quickstart whose calm phase left a dump fails, says so, and shows the last dump all the same") {
  const TemporaryDirectory directory;
  // Any request is above this limit: the model alone takes longer to its first token.
  const Ended ended = drive_on_small_corpus(directory, {"--limit-ms", "1"});
  INFO(ended.output);
  CHECK(ended.code == 1);
  CHECK(contains(ended.output, "  FAILED: the calm phase left a dump\n"));
  check_ends_with_what_the_tool_says(ended.output);
  CHECK(ended.output.ends_with("\nNot as it should be: see FAILED above.\n"));
}

TEST_CASE("the quickstart catches both disturbances, and each dump names the disturbed stage", "[slow]") {
  const TemporaryDirectory directory;
  const Ended ended = drive(directory, {});
  INFO(ended.output);
  CHECK(ended.code == 0);
  CHECK(contains(ended.output, "the stage that made it slow: rerank"));
  CHECK(contains(ended.output, "the stage that made it slow: embed"));
  check_ends_with_what_the_tool_says(ended.output);
  CHECK(ended.output.find("Each disturbance left a dump") < ended.output.find("\n$ looptape info "));
  CHECK(
      ended.output.substr(ended.output.rfind('\n', ended.output.size() - 2)).starts_with("\ncoverage: 1 request of "));
}

}  // namespace looptape::tools::demo
