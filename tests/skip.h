// What a test case says that cannot be had here: root, a mount, a CPU's instruction, speed.
//
//   if (::geteuid() != 0) return testing::skip_test("only root can make one");
//
// From the thread that runs the case, which then does nothing more: whatever can always be checked has a case of its
// own.  ctest tells a case that says so, and in which nothing failed, as skipped, never as passed (catch_main.cpp).
#pragma once

#include <string>

namespace looptape::testing {

void skip_test(const std::string& why);

}  // namespace looptape::testing
