// `looptape dump PID`: a dump of a running process now, without its help.
//
// Called once by the command line, on the main thread; writes to the session's output and returns the exit code.
// Throws nothing of its own.
#pragma once

#include <cstdint>
#include <string>

#include "tools/session.h"

namespace looptape::tools {

struct DumpOptions {
  std::uint64_t pid = 0;
  std::string output;        // empty: a name in the service's directory
  std::int64_t last_ns = 0;  // 0: everything
};

// Does it and says so; returns the exit code.  What it throws (no memory) run_command_line says.
int run_dump(const DumpOptions& options, Session& session);

}  // namespace looptape::tools
