// A file of settings, whatever it is: a host starts all the same.
#include "probes/settings_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "core/visible_text.h"
#include "tests/core/temporary_directory.h"
#include "tests/probes/settings_place.h"

using namespace looptape;
using namespace looptape::testing;

namespace {

constexpr const char* kRemedy = "; name a file of `name = value` lines, or unset it";

ResolvedSettings resolved(const std::string& path) {
  const Environment environment(Environment::Variables{{"LOOPTAPE_SETTINGS", path}});
  return resolve_settings(good());
}

}  // namespace

// The bug that was: a FIFO was waited for, and /dev/zero read until memory was full.
TEST_CASE("what is no regular file is not read, nor waited for") {
  const TemporaryDirectory directory;
  const std::string fifo = directory.path() + "/fifo", link = directory.path() + "/link";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  REQUIRE(::symlink(fifo.c_str(), link.c_str()) == 0);
  for (const std::string& path : {fifo, link, directory.path(), std::string("/dev/zero"), std::string("/dev/null")})
    CHECK(problem_of("LOOPTAPE_SETTINGS", path.c_str()) ==
          "LOOPTAPE_SETTINGS: " + path + " is not a regular file" + kRemedy);
}

TEST_CASE("a file that cannot be opened is told with the reason") {
  CHECK(problem_of("LOOPTAPE_SETTINGS", "/nonexistent") ==
        std::string("LOOPTAPE_SETTINGS: cannot read /nonexistent: No such file or directory") + kRemedy);
  CHECK(problem_of("LOOPTAPE_SETTINGS", "") ==
        std::string("LOOPTAPE_SETTINGS: cannot read '': No such file or directory") + kRemedy);
  CHECK(problem_of("LOOPTAPE_SETTINGS", std::string(100'000, 'x').c_str()).size() < 500);
  CHECK(has(problem_of("LOOPTAPE_SETTINGS", "/a\x1b[31m"), "cannot read /a\\x1b[31m: "));
}

TEST_CASE("a file of up to 1 MiB is read, a larger one is refused") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/settings", line = "\nwindow = 3s";
  std::ofstream(path) << '#' << std::string(kSettingsFileBytes - line.size() - 1, 'x') << line;
  const ResolvedSettings whole = resolved(path);
  CHECK(whole.problems.empty());
  CHECK(whole.settings.window == std::chrono::seconds(3));
  std::ofstream(path, std::ios::app) << '\n';
  CHECK(problem_of("LOOPTAPE_SETTINGS", path.c_str()) ==
        "LOOPTAPE_SETTINGS: " + path + " is larger than 1 MiB, the most that a file of settings may be" + kRemedy);
  REQUIRE(::truncate(path.c_str(), off_t{1} << 40) == 0);  // which no memory holds
  CHECK(has(problem_of("LOOPTAPE_SETTINGS", path.c_str()), "is larger than 1 MiB"));
}

// The bug that was: one message of 1.2 MB, control bytes and all.
TEST_CASE("of a file that is no text a few lines are named, printably and in short") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/settings";
  {
    std::ofstream file(path);
    for (int i = 0; i < 2000; ++i) file << "\x1b[31m" << i << "\xff\x01\r=" << std::string(400, '\x02') << '\n';
    file << std::string(100'000, '\x1b') << " = 1\nwindow = 1s\n";
  }
  const ResolvedSettings settings = resolved(path);
  REQUIRE(settings.problems.size() == 11);
  for (const std::string& problem : settings.problems) {
    CHECK(core::visible(problem) == problem);
    CHECK(problem.size() < 500);
  }
  CHECK(settings.problems[0] == path + ":1: \\x1b[31m0\\xff\\x01: there is no setting of that name");
  std::ofstream(path) << "window = 3s\n" << '\0';
  CHECK(problem_of("LOOPTAPE_SETTINGS", path.c_str()) == "LOOPTAPE_SETTINGS: " + path + " is not text" + kRemedy);
  CHECK(settings.problems[10] == path + ":11: not read any further, too much is wrong before");
}

TEST_CASE("a file of settings cannot name another one, and says so") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/settings";
  std::ofstream(path) << "settings = /etc/more\nsetings = /etc/more\nfoo = 1\nwindwo = 1s\n";
  CHECK(resolved(path).problems ==
        std::vector<std::string>{
            path + ":1: settings: a file of settings cannot name another one; move that one's lines here",
            path + ":2: setings: there is no setting of that name", path + ":3: foo: there is no setting of that name",
            path + ":4: windwo: there is no setting of that name; the nearest is window"});
}
