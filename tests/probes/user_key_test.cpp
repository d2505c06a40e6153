// The key of user ids: one per directory, whoever comes first.
#include "probes/user_key.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <string>

#include "tests/core/temporary_directory.h"

using namespace looptape;
using looptape::testing::TemporaryDirectory;

// The bug that was: a process that came between another's making of the file and its writing kept a key of its own.
TEST_CASE("processes that make the key of user ids at the same moment agree on one") {
  constexpr std::size_t kRounds = 400, kProcesses = 2;
  struct Shared {
    std::atomic<std::size_t> arrived[kRounds];
    std::uint64_t keys[kProcesses][kRounds][2];
  };
  void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  auto* const shared = static_cast<Shared*>(memory);
  TemporaryDirectory directory;
  pid_t children[kProcesses];
  for (std::size_t process = 0; process < kProcesses; ++process) {
    children[process] = ::fork();
    if (children[process] != 0) continue;
    for (std::size_t round = 0; round < kRounds; ++round) {
      const std::string place = directory.path() + "/" + std::to_string(round);
      ::mkdir(place.c_str(), 0700);
      ++shared->arrived[round];
      while (shared->arrived[round] < kProcesses) ::sched_yield();
      std::string problem;
      const auto key = user_key(place, &problem);
      if (!key || !problem.empty()) ::_exit(1);
      shared->keys[process][round][0] = (*key)[0];
      shared->keys[process][round][1] = (*key)[1];
    }
    ::_exit(0);
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  std::size_t different = 0;
  for (std::size_t round = 0; round < kRounds; ++round)
    different += shared->keys[0][round][0] != shared->keys[1][round][0] ||
                 shared->keys[0][round][1] != shared->keys[1][round][1];
  CHECK(different == 0);
  CHECK(directory.files().size() == kRounds);  // nothing else is left behind
  ::munmap(memory, sizeof(Shared));
}
