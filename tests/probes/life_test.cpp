// Programs whose recording is unusual for the host's sake; each runs to its end and says what was wrong.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/core/temporary_directory.h"

using looptape::testing::TemporaryDirectory;

namespace {

// Exit code of a program of the tests; 1000 + signal when it did not come to an end.
int run(const std::string& program) {
  TemporaryDirectory directory;
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("LOOPTAPE_REGION_DIRECTORY", directory.path().c_str(), 1);
    ::setenv("LOOPTAPE_DIR", directory.path().c_str(), 1);
    const std::string path = std::string(LOOPTAPE_TEST_BIN_DIR "/") + program;
    ::execl(path.c_str(), program.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const std::string own = "looptape-" + std::to_string(::geteuid());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    CHECK(std::filesystem::is_directory(directory.path() + "/" + own));  // it was there
    for (const std::string& file : directory.files())
      CHECK(file.find("/" + own + "/") == std::string::npos);  // no region is left
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("static constructors and destructors, exit handlers and thread-local destructors may record") {
  CHECK(run("probes.static_life") == 0);
}

TEST_CASE("a host without exceptions records and dumps") { CHECK(run("probes.without_exceptions") == 0); }
