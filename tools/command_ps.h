// `looptape ps`: which processes are being recorded, and which regions dead ones left.
#pragma once

#include "tools/session.h"

namespace looptape::tools {

struct PsOptions {};

// Does it and says so; returns the exit code.  What it throws (no memory) run_command_line says.
int run_ps(const PsOptions& options, Session& session);

}  // namespace looptape::tools
