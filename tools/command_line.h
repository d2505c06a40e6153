// The command line of `looptape`: the one definition behind parsing, --help, shell completion and the manual page.
//
// The only door to the library that parses it.  One thread.
#pragma once

#include "tools/progress.h"

namespace looptape::tools {

// Parses, runs the command and returns the program's exit code.  Never throws.  `pace`: of the progress line; tests
// hold it.
int run_command_line(int argc, const char* const* argv, Progress::Pace pace = {});

}  // namespace looptape::tools
