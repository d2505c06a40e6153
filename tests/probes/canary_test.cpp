// Text is recorded only when asked for: what a process carries with it and works on stands neither in its region nor
// in its dumps, what was named and set on purpose does.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tests/core/temporary_directory.h"

using looptape::testing::TemporaryDirectory;

namespace {

// What canary_program.cpp carries in each place.  Written apart, so that no program's own text holds one whole.
std::string canary(const std::string& place) { return "canary" + ("-in-" + place) + "-7d1c"; }

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The region while the program lived, and the dump it left.
struct Left {
  std::string region, dump;
};

Left run(const std::string& how) {
  TemporaryDirectory directory;
  const std::string copy = directory.path() + "/copy";
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("LOOPTAPE_REGION_DIRECTORY", directory.path().c_str(), 1);
    ::setenv("LOOPTAPE_DIR", directory.path().c_str(), 1);
    ::setenv("API_KEY", canary("environment").c_str(), 1);
    ::setenv(canary("variable").c_str(), "1", 1);
    const std::string argument = canary("argument"), question = canary("question");
    ::execl(LOOPTAPE_TEST_BIN_DIR "/probes.canary", "probes.canary", how.c_str(), copy.c_str(), question.c_str(),
            argument.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  Left left{bytes_of(copy), {}};
  for (const std::string& file : directory.files())
    if (file.ends_with(".tape")) left.dump += bytes_of(file);
  REQUIRE(left.region.size() >= std::size_t{4} << 20);
  REQUIRE(left.dump.size() > 200);
  return left;
}

bool has(const std::string& bytes, const std::string& text) { return bytes.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("arguments, environment, thread names, exceptions and the text worked on are not recorded unasked") {
  const Left left = run("quiet");
  for (const auto& [where, bytes] : {std::pair{"region", left.region}, std::pair{"dump", left.dump}}) {
    CAPTURE(where);
    for (const char* const place : {"environment", "variable", "argument", "question", "thread", "exception"}) {
      CAPTURE(place);
      // A name of a thread holds fifteen characters, and what is cut is still text.
      CHECK_FALSE(has(bytes, canary(place).substr(0, 13)));
    }
    // What was meant to be recorded is there: the search finds text where it stands.
    for (const char* const meant : {"stage-on-purpose", "key-on-purpose", "value-on-purpose", "tenant-on-purpose"}) {
      CAPTURE(meant);
      CHECK(has(bytes, meant));
    }
  }
}

TEST_CASE("the question is found in region and dump when it is set as an attribute") {
  const Left left = run("asked");
  CHECK(has(left.region, canary("question")));
  CHECK(has(left.dump, canary("question")));
}
