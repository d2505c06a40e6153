// `looptape ps`: which processes are being recorded, and which regions dead ones left.
//
// Called once by the command line, on the main thread; writes to the session's output and returns the exit code.
// Throws nothing of its own.
#pragma once

#include "tools/session.h"

namespace looptape::tools {

// Does it and says so; returns the exit code.  What it throws (no memory) run_command_line says.
int run_ps(Session& session);

}  // namespace looptape::tools
