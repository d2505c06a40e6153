// A case that is skipped is told as that and never as passed, and hides nothing that failed; no case is no test.
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

namespace {

// The code with which the program ends when it runs the cases with this tag; -1: by a signal.
int code_of(const std::string& tags) {
  const std::string command = "exec '" LOOPTAPE_TEST_BIN_DIR "/tree.skip_cases' '" + tags + "' >/dev/null 2>&1";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr int kSkipped = 77;  // SKIP_RETURN_CODE in tests/CMakeLists.txt

}  // namespace

TEST_CASE("a program whose cases are all skipped says so, and one in which a case was tried does not") {
  CHECK(code_of("[skipped]") == kSkipped);
  CHECK(code_of("[passed]") == 0);
  CHECK(code_of("[skipped],[passed]") == 0);
}

TEST_CASE("what fails beside a skip is a failure") {
  for (const char* tag : {"[before]", "[after]", "[throws]"}) {
    INFO(tag);
    CHECK(code_of(tag) == 1);
    CHECK(code_of(std::string("[skipped],") + tag) == 1);
  }
  CHECK(code_of("[crashes]") != kSkipped);
  CHECK(code_of("[crashes]") != 0);
}

TEST_CASE("as many failures as the code of a skip are not taken for one") { CHECK(code_of("[often]") == 1); }

// The bug that was: ctest cut a name with a semicolon in two, and each half passed without a case being run.
TEST_CASE("a program that finds none of the cases it shall run fails") {
  CHECK(code_of("[nowhere]") == 1);
  CHECK(code_of("no case of this name") == 1);
}
