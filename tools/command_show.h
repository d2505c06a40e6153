// `looptape show REQUEST`: one request as a waterfall.
//
// Called once by the command line, on the main thread; writes to the session's output and returns the exit code.
// Throws nothing of its own.
#pragma once

#include <string>
#include <vector>

#include "tools/session.h"

namespace looptape::tools {

struct ShowOptions {
  std::vector<std::string> arguments;  // sources, then the request
};

// Reads the sources and prints; returns the exit code.  What it throws (no memory) run_command_line says.
int run_show(const ShowOptions& options, Session& session);

}  // namespace looptape::tools
