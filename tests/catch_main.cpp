// The one main() of the Catch2 test programs; compiled once, linked into each of them by looptape_add_test
// (tests/CMakeLists.txt).
//
// A program ends with kExitSkipped when all cases that ran said that they are skipped (skip.h), and nothing failed:
// ctest knows it as SKIP_RETURN_CODE.  Catch2's own code is the number of failed assertions, which may be any: what
// failed ends with 1, whatever was skipped beside it.  So does a program that was to run cases and found none of them:
// a name that ctest garbled is no test passed.  A program that crashes ends by its signal.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "tests/skip.h"

namespace {

constexpr int kExitFailed = 1, kExitSkipped = 77;

struct {
  bool skips = false;  // the case that runs now
  unsigned skipped = 0, ran = 0;
} g_cases;

class SkipListener : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;
  void testCaseStarting(const Catch::TestCaseInfo&) override { g_cases.skips = false; }
  void testCaseEnded(const Catch::TestCaseStats&) override {
    ++g_cases.ran;
    g_cases.skipped += g_cases.skips;
  }
};
CATCH_REGISTER_LISTENER(SkipListener)

}  // namespace

void looptape::testing::skip_test(const std::string& why) {
  g_cases.skips = true;
  WARN("skipped: " << why);
}

int main(int argc, char* argv[]) {
  Catch::Session session;
  if (session.applyCommandLine(argc, argv) != 0) return kExitFailed;
  const Catch::ConfigData& asked = session.configData();
  const bool runs = !asked.showHelp && !asked.libIdentify && !asked.listTests && !asked.listTags &&
                    !asked.listTestNamesOnly && !asked.listReporters;
  if (session.run() != 0) return kExitFailed;
  if (runs && g_cases.ran == 0) return kExitFailed;
  return runs && g_cases.skipped == g_cases.ran ? kExitSkipped : 0;
}
