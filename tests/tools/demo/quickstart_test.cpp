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

}  // namespace

TEST_CASE("the quickstart that sees no dump fails and says which phases left none") {
  const TemporaryDirectory directory;
  directory.write("corpus/locks.txt",
                  "The function quux_lock acquires the lock of a quux. It blocks until no other "
                  "thread holds the lock, and returns zero on success.\n");
  const Ended ended = drive(directory, {"--limit-ms", "600000", "--questions", "1", "--hog-threads", "2",
                                        "--server-option=--corpus=" + (directory.path() / "corpus").string()});
  INFO(ended.output);
  CHECK(ended.code == 1);
  CHECK(contains(ended.output, "FAILED: no dump blames a request of: Another process spins"));
  CHECK(contains(ended.output, "FAILED: no dump blames a request of: A burst of 28 questions"));
  CHECK(!contains(ended.output, "requests failed"));
  CHECK(!contains(ended.output, "the calm phase left a dump"));
}

TEST_CASE("the quickstart catches both disturbances, and each dump names the disturbed stage", "[slow]") {
  const TemporaryDirectory directory;
  const Ended ended = drive(directory, {});
  INFO(ended.output);
  CHECK(ended.code == 0);
  CHECK(contains(ended.output, "the stage that made it slow: rerank"));
  CHECK(contains(ended.output, "the stage that made it slow: embed"));
}

}  // namespace looptape::tools::demo
