// `looptape info`: what a recording is, how far it reaches, what is missing, what recording cost.
//
// Called once by the command line, on the main thread; writes to the session's output and returns the exit code.
// Throws nothing of its own.
#pragma once

#include <string>
#include <vector>

#include "tools/session.h"

namespace looptape::tools {

struct InfoOptions {
  std::vector<std::string> sources;
  bool all = false;  // every counter, gauge and event rather than those with most steps
};

// Reads the sources and prints; returns the exit code.  What it throws (no memory) run_command_line says.
int run_info(const InfoOptions& options, Session& session);

}  // namespace looptape::tools
