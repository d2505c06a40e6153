// `looptape stages`: per stage of each service how often, how long, how much of the critical path.
//
// Called once by the command line, on the main thread; writes to the session's output and returns the exit code.
// Throws nothing of its own.
#pragma once

#include <string>
#include <vector>

#include "tools/request_filter.h"
#include "tools/session.h"

namespace looptape::tools {

struct StagesOptions {
  std::vector<std::string> sources;
  RequestFilter filter;
  std::string status = "ok";  // of the requests whose stages count: ok, failed, all, or one status
};

// What --status may be.
const std::vector<std::string>& stages_statuses();

// Reads the sources and prints; returns the exit code.  What it throws (no memory) run_command_line says.
int run_stages(const StagesOptions& options, Session& session);

}  // namespace looptape::tools
