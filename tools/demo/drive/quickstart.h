// The three phases of the quickstart and their verdict.
//
// Called once, from `main`.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace looptape::tools::demo {

struct DriveSettings {
  std::string output;
  std::string index;
  int limit_ms = 2000;
  std::size_t hog_threads = 64;
  std::size_t questions = 1000;  // of each client and phase, at most
  std::vector<std::string> server_options;
};

// 0 when the calm phase left no dump, each disturbed phase at least one, and every one of these names
// the stage that was disturbed; else 1. Says what it does on stdout.
int run_quickstart(const DriveSettings& settings);

}  // namespace looptape::tools::demo
