// `looptape info`: what a recording is, how far it reaches, what is missing, what recording cost.
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
