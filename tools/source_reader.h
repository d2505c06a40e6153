// Reads what SOURCE arguments name into a TraceSet, whatever it is: tapes, directories, live and dead regions.
//
// The only door from the commands to the readers in dump.  One thread.
#pragma once

#include <string>
#include <vector>

#include "tools/session.h"
#include "tools/source.h"
#include "tools/trace_set.h"

namespace looptape::tools {

// Every source that can be read is; what cannot, and all damage, is said in a line each and sets the exit
// code.  False when nothing was read: there is nothing to show.
bool read_sources(const std::vector<std::string>& arguments, TraceSet& set, Session& session);

}  // namespace looptape::tools
