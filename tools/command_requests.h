// `looptape requests`: the requests, a line each.
//
// Called once by the command line, on the main thread; writes to the session's output and returns the exit code.
// Throws nothing of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/request_filter.h"
#include "tools/session.h"

namespace looptape::tools {

struct RequestsOptions {
  std::vector<std::string> sources;
  std::uint64_t slowest = 0;  // the N slowest, the slowest first; 0: all of them, by start
  RequestFilter filter;
};

// Reads the sources and prints; returns the exit code.  What it throws (no memory) run_command_line says.
int run_requests(const RequestsOptions& options, Session& session);

}  // namespace looptape::tools
