// The k-th system call of making or reading the key of user ids fails.
#include "probes/user_key.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "tests/core/failing_calls.h"
#include "tests/core/temporary_directory.h"

using namespace looptape;
using looptape::testing::FailingCalls;
using looptape::testing::open_descriptors;
using looptape::testing::TemporaryDirectory;

TEST_CASE("whichever system call fails, the key of user ids is the directory's or is said to be the process's own") {
  unsigned faults = 0, own = 0, none = 0;
  for (const bool there_before : {false, true}) {
    for (const int error : {EIO, ENOSPC, EACCES, EINTR, EDQUOT}) {
      for (unsigned at = 1;; ++at) {
        const TemporaryDirectory directory;
        std::string problem;
        if (there_before) user_key(directory.path(), &problem);
        REQUIRE(problem == "");
        const int before = open_descriptors();
        FailingCalls::arm({.at = at, .error = error});
        const auto key = user_key(directory.path(), &problem);
        FailingCalls::disarm();
        if (!FailingCalls::struck()) break;
        INFO("call " << at << " (" << FailingCalls::what() << ") fails with " << std::strerror(error) << "; "
                     << problem);
        ++faults;
        own += !problem.empty();
        CHECK(open_descriptors() == before);
        const bool no_random = std::string(FailingCalls::what()) == "getrandom" && !there_before && !key;
        none += no_random;
        if (no_random) {
          CHECK(problem.find("user ids are not recorded: the system gives no random bytes") == 0);
          CHECK(directory.files().empty());
          continue;
        }
        REQUIRE(key.has_value());
        CHECK(((*key)[0] | (*key)[1]) != 0);
        if (!problem.empty()) CHECK(problem.find("a key of this process alone") != std::string::npos);
        std::string later;
        const auto next = user_key(directory.path(), &later);
        CHECK(later == "");
        CHECK((next == key) == problem.empty());
        // A second name of the file, when it could not be removed.
        CHECK(directory.files().size() <= (std::string(FailingCalls::what()) == "unlink" ? 2 : 1));
      }
    }
  }
  std::printf("system calls failed in turn: %u; %u times the key was the process's own, and said to be\n", faults, own);
  CHECK(faults > 40);
  CHECK(own > 0);
  CHECK(none == 4);  // EINTR is no reason
}
