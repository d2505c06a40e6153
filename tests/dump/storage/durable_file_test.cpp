// Whole or absent, whatever fails and whenever the process dies.
#include <catch2/catch.hpp>

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/measure_text.h"
#include "dump/disk_budget.h"
#include "dump/durable_file.h"
#include "tests/dump/storage/fault_calls.h"
#include "tests/skip.h"

using namespace looptape::dump;
using namespace looptape::dump::test;
using looptape::testing::skip_test;

namespace {

const std::string kName = "20261124T033127Z-web1-4242-3-SIGUSR2.tape";

std::string content() {
  std::string text;
  for (int i = 0; i < 30000; ++i) text += static_cast<char>('a' + i % 26);
  return text;
}

// What a dump does: make the directory, the file, write it in pieces, commit.
IoError dump_once(FileCalls& calls, const std::string& path, const std::string& text) {
  OutputDirectory directory(calls);
  if (IoError error = directory.open(path)) return error;
  DurableFile file(directory);
  if (IoError error = file.create(kName)) return error;
  for (std::size_t at = 0; at < text.size(); at += 10000) {
    if (IoError error = file.write(std::as_bytes(std::span(text).subspan(at, 10000)))) return error;
  }
  return file.commit();
}

// Empty when the directory holds the whole file or nothing of it.
std::string whole_or_absent(const std::string& path, const std::string& text, bool& present) {
  present = false;
  if (access(path.c_str(), F_OK) != 0) return "";
  for (const std::string& name : names_in(path)) {
    if (name == kName) {
      present = true;
      if (content_of(path + "/" + name) != text) return "a file that is not whole";
    } else if (name != kName + ".part") {
      return "a stray " + name;
    }
  }
  return "";
}

}  // namespace

TEST_CASE("a file appears whole under its name, ours alone, and nothing else is left") {
  TemporaryDirectory directory;
  const mode_t umask_before = umask(0);
  for (const mode_t mask : {mode_t{0}, mode_t{0777}, mode_t{022}}) {
    umask(mask);
    const std::string path = directory / ("a/b/service-" + std::to_string(mask));
    const IoError error = dump_once(system_file_calls(), path, content());
    umask(umask_before);
    INFO(error.what);
    REQUIRE_FALSE(error);
    CHECK(names_in(path) == std::vector<std::string>{kName});
    CHECK(content_of(path + "/" + kName) == content());
    struct stat status;
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
    REQUIRE(stat((path + "/" + kName).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
  }
  umask(umask_before);
}

TEST_CASE("when the k-th system call fails the file is whole or absent, and nothing else is left") {
  const std::string text = content();
  int faults = 0, survived = 0;
  for (const int error : {ENOSPC, EIO, EDQUOT, EINTR, ENOSYS, 0}) {
    for (int k = 1;; ++k) {
      TemporaryDirectory directory;
      FaultCalls calls;
      calls.fault = error == 0 ? Fault::kShortWrite : Fault::kError;
      calls.error = error;
      calls.at = k;
      const IoError result = dump_once(calls, directory / "service", text);
      if (!calls.struck) break;
      ++faults;
      survived += !result;
      INFO("call " << k << ", errno " << error << ": " << result.what);
      bool present = false;
      REQUIRE(whole_or_absent(directory / "service", text, present) == "");
      REQUIRE(access((directory / ("service/" + kName + ".part")).c_str(), F_OK) != 0);
      if (!result) {
        REQUIRE(present);
      } else {
        REQUIRE(result.code == error);
        REQUIRE(present == (result.what.find("is in place") != std::string::npos));
      }
      // Interrupted and short calls are not failures.
      if (error == EINTR || error == 0) REQUIRE_FALSE(result);
    }
  }
  std::printf("system calls failed in turn: %d, of which %d were made good\n", faults, survived);
  CHECK(faults >= 60);
}

TEST_CASE("when everything fails from the k-th system call on the error says what is left behind") {
  const std::string text = content();
  for (int k = 1;; ++k) {
    TemporaryDirectory directory;
    FaultCalls calls;
    calls.fault = Fault::kErrorFromThere;
    calls.error = EIO;
    calls.at = k;
    IoError result;
    {
      OutputDirectory output(calls);
      result = output.open(directory / "service");
      DurableFile file(output);
      if (!result) result = file.create(kName);
      for (std::size_t at = 0; !result && at < text.size(); at += 10000)
        result = file.write(std::as_bytes(std::span(text).subspan(at, 10000)));
      if (!result) result = file.commit();
    }
    if (!result) break;
    INFO("from call " << k << " on: " << result.what);
    // It names the directory or the file that it is about.
    CHECK(result.what.find(directory / "service") != std::string::npos);
    CHECK(result.what.find("/: ") == std::string::npos);
    bool present = false;
    REQUIRE(whole_or_absent(directory / "service", text, present) == "");
    REQUIRE(result.code == EIO);
  }
}

TEST_CASE("a process killed before or after any system call leaves the file whole or absent") {
  const std::string text = content();
  int kills = 0, whole = 0;
  for (const Fault fault : {Fault::kKillBefore, Fault::kKillAfter}) {
    for (int k = 1;; ++k) {
      TemporaryDirectory directory;
      const std::string path = directory / "service";
      const pid_t child = fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        FaultCalls calls;
        calls.fault = fault;
        calls.at = k;
        dump_once(calls, path, text);
        _exit(0);
      }
      int status = 0;
      REQUIRE(waitpid(child, &status, 0) == child);
      if (!WIFSIGNALED(status)) break;
      ++kills;
      INFO("killed at call " << k);
      bool present = false;
      REQUIRE(whole_or_absent(path, text, present) == "");
      whole += present;
      // What it left behind goes when it is old, and the next dump works at once.
      OutputDirectory output;
      REQUIRE_FALSE(output.open(path));
      const DiskState state = enforce_disk_limits(output, {.free_floor = 0}, 0, time(nullptr) + 7200);
      for (const std::string& name : names_in(path)) REQUIRE(name == kName);
      REQUIRE(state.files == (present ? 1 : 0));
      if (!present) REQUIRE_FALSE(dump_once(system_file_calls(), path, text));
    }
  }
  std::printf("killed at system calls: %d, of which %d after the file was in place\n", kills, whole);
  CHECK(kills >= 20);
  CHECK(whole >= 2);
}

// No kill of a process can show this: the page cache survives it.  So the order itself is looked at.
TEST_CASE("the content is synced before the name appears, and the directory after it") {
  class Order : public FaultCalls {
   public:
    int fsync(int fd) override {
      struct stat status;
      CHECK(::fstat(fd, &status) == 0);
      order += S_ISDIR(status.st_mode) ? "directory " : "file ";
      return FaultCalls::fsync(fd);
    }
    ssize_t write(int fd, const void* data, std::size_t bytes) override {
      order += "write ";
      return FaultCalls::write(fd, data, bytes);
    }
    int renameat2(int a, const char* from, int b, const char* to, unsigned flags) override {
      order += "rename ";
      return FaultCalls::renameat2(a, from, b, to, flags);
    }
    std::string order;
  };
  TemporaryDirectory directory;
  Order calls;
  REQUIRE_FALSE(dump_once(calls, directory / "service", content()));
  CHECK(calls.order == "write write write file rename directory ");
}

TEST_CASE("a file that is there is never replaced") {
  TemporaryDirectory directory;
  OutputDirectory output;
  REQUIRE_FALSE(output.open(directory / "service"));
  put(directory / ("service/" + kName), "first");
  const IoError error = dump_once(system_file_calls(), directory / "service", content());
  CHECK(error.code == EEXIST);
  CHECK(content_of(directory / ("service/" + kName)) == "first");
  CHECK(names_in(directory / "service").size() == 1);
  // Also where the file system knows no rename without replacing.
  FaultCalls calls;
  calls.fault = Fault::kError;
  calls.error = EINVAL;
  for (calls.at = 1; calls.at < 20; ++calls.at) {
    calls.count = 0;
    CHECK(dump_once(calls, directory / "service", content()));
    CHECK(content_of(directory / ("service/" + kName)) == "first");
  }
}

TEST_CASE("a link in the place of the temporary file is not followed") {
  TemporaryDirectory directory;
  OutputDirectory output;
  REQUIRE_FALSE(output.open(directory / "service"));
  put(directory / "victim", "untouched");
  REQUIRE(symlink((directory / "victim").c_str(), (directory / ("service/" + kName + ".part")).c_str()) == 0);
  CHECK(dump_once(system_file_calls(), directory / "service", content()).code == EEXIST);
  CHECK(content_of(directory / "victim") == "untouched");
}

TEST_CASE("a full device is an error and nothing is left") {
  TemporaryDirectory directory;
  FaultCalls calls;
  calls.open_instead = "/dev/full";
  const IoError error = dump_once(calls, directory / "service", content());
  CHECK(error.code == ENOSPC);
  CHECK(error.what.find("No space left on device") != std::string::npos);
  CHECK(names_in(directory / "service").empty());
}

TEST_CASE("a full file system is an error, nothing is left, and the next dump that fits works") {
  TemporaryDirectory directory;
  if (mount("looptape-test", directory.path().c_str(), "tmpfs", 0, "size=64k,mode=0700") != 0)
    return skip_test("mounting a tmpfs is not permitted");
  const std::string path = directory / "service";
  IoError full, fits;
  std::vector<std::string> left;
  for (int i = 0; i < 20; ++i) {
    full = dump_once(system_file_calls(), path, std::string(100000, 'x'));
    left = names_in(path);
    if (full.code != ENOSPC || !left.empty()) break;
  }
  fits = dump_once(system_file_calls(), path, content());
  const std::string there = content_of(path + "/" + kName);
  REQUIRE(umount(directory.path().c_str()) == 0);
  CHECK(full.code == ENOSPC);
  CHECK(left.empty());
  CHECK_FALSE(fits);
  CHECK(there == content());
}

TEST_CASE("a file given up, forgotten or too large leaves nothing") {
  TemporaryDirectory directory;
  OutputDirectory output;
  REQUIRE_FALSE(output.open(directory / "service"));
  const std::string text = content();
  {
    DurableFile file(output);
    REQUIRE_FALSE(file.create(kName));
    REQUIRE_FALSE(file.write(std::as_bytes(std::span(text))));
    CHECK(names_in(output.path()) == std::vector<std::string>{kName + ".part"});
    file.give_up();
    CHECK(file.commit());
    CHECK(names_in(output.path()).empty());
    REQUIRE_FALSE(file.create(kName));
  }
  CHECK(names_in(output.path()).empty());
  DurableFile file(output);
  REQUIRE_FALSE(file.create(kName, text.size() + 5));
  REQUIRE_FALSE(file.write(std::as_bytes(std::span(text))));
  const IoError over = file.write(std::as_bytes(std::span(text).first(6)));
  CHECK(over.code == EDQUOT);
  CHECK(over.what == "write " + output.path() + "/" + kName + ": it needs more than the " +
                         looptape::core::bytes_text(text.size() + 5) +
                         " that disk_bytes (LOOPTAPE_DISK_BYTES) leaves; raise it");
  CHECK(names_in(output.path()).empty());
  CHECK(file.write(std::as_bytes(std::span(text).first(1))));
  CHECK_FALSE(file.committed());
}
