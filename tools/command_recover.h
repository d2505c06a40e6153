// `looptape recover`: dumps from the regions that dead processes left.
//
// Called once by the command line, on the main thread; writes to the session's output and returns the exit code.
// Throws nothing of its own.
#pragma once

#include <string>
#include <vector>

#include "tools/session.h"

namespace looptape::tools {

struct RecoverOptions {
  std::vector<std::string> regions;
  bool all = false;
};

// Does it and says so; returns the exit code.  What it throws (no memory) run_command_line says.
int run_recover(const RecoverOptions& options, Session& session);

}  // namespace looptape::tools
