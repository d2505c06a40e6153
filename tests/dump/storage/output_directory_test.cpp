// A directory of our own, or why it is none.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <algorithm>

#include "dump/output_directory.h"
#include "tests/dump/storage/fault_calls.h"
#include "tests/skip.h"

using namespace looptape::dump;
using namespace looptape::dump::test;
using looptape::testing::skip_test;

namespace {

// Why `path` is no place for dumps.
std::string refused(const std::string& path) {
  OutputDirectory output;
  const IoError error = output.open(path);
  CHECK(output.fd() == -1);
  return error.what;
}

}  // namespace

TEST_CASE("a directory that is not ours alone is refused") {
  TemporaryDirectory directory;
  REQUIRE(mkdir((directory / "open").c_str(), 0700) == 0);
  REQUIRE(chmod((directory / "open").c_str(), 0755) == 0);
  CHECK(refused(directory / "open") == directory / "open: mode 0755 is open to others; it must be 0700");
  REQUIRE(mkdir((directory / "real").c_str(), 0700) == 0);
  REQUIRE(symlink((directory / "real").c_str(), (directory / "link").c_str()) == 0);
  CHECK(refused(directory / "link") == "open directory " + (directory / "link: Not a directory"));
  CHECK(refused(directory / "link//") == "open directory " + (directory / "link: Not a directory"));
  put(directory / "file", "");
  CHECK(refused(directory / "file") == "open directory " + (directory / "file: Not a directory"));
  REQUIRE(mkfifo((directory / "fifo").c_str(), 0700) == 0);
  CHECK(refused(directory / "fifo") == "open directory " + (directory / "fifo: Not a directory"));
}

TEST_CASE("a directory that cannot be made is told with the part of its path that is to blame") {
  TemporaryDirectory directory;
  put(directory / "file", "");
  const std::string file = directory / "file";
  CHECK(refused(file + "/below") == "mkdir " + file + "/below: " + file + ": Not a directory");
  CHECK(refused(file + "/below/that") == "mkdir " + file + "/below/that: " + file + ": Not a directory");
  const std::string nowhere = directory / "nowhere";
  REQUIRE(symlink((directory / "absent").c_str(), nowhere.c_str()) == 0);
  CHECK(refused(nowhere + "/below") == "mkdir " + nowhere + "/below: " + nowhere + ": No such file or directory");
  const std::string closed = "/proc/looptape-test";  // where nobody makes one
  CHECK(refused(closed + "/below") == "mkdir " + closed + "/below: " + closed + ": No such file or directory");
}

TEST_CASE("a part of a path that nobody may make is told, and one that is there already is not asked for") {
  TemporaryDirectory directory;
  REQUIRE(mkdir((directory / "there").c_str(), 0700) == 0);
  const std::string wanted = directory / "there/missing/service";
  const int parts = static_cast<int>(std::count(wanted.begin(), wanted.end(), '/'));
  for (int part = 1; part < parts; ++part) {
    FaultCalls calls;
    calls.fault = Fault::kError;
    calls.error = EACCES;
    calls.at = part;  // the calls up to the first missing part are one for each
    OutputDirectory output(calls);
    const std::string why = output.open(wanted).what;
    if (part < parts - 1) {
      CHECK(why.empty());
      REQUIRE(rmdir(wanted.c_str()) == 0);
      REQUIRE(rmdir((directory / "there/missing").c_str()) == 0);
    } else {
      CHECK(why == "mkdir " + wanted + ": " + (directory / "there/missing: Permission denied"));
    }
  }
}

TEST_CASE("a directory of another user is refused") {
  if (geteuid() != 0) return skip_test("only root can make one");
  TemporaryDirectory directory;
  REQUIRE(mkdir((directory / "theirs").c_str(), 0700) == 0);
  REQUIRE(chown((directory / "theirs").c_str(), 65534, 65534) == 0);
  CHECK(refused(directory / "theirs") == directory / "theirs: belongs to uid 65534, not to us");
}
