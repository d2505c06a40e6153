// Reads what SOURCE arguments name, whatever it is: tapes, directories, live and dead regions.
//
// Part by part: process by process, and of a process with many recordings what later ones cannot change as soon as
// that is so.  Memory holds two or three recordings, however many are read.
// The door from the commands that show something to the readers in dump.  One thread.
#pragma once

#include <string>
#include <vector>

#include "tools/session.h"
#include "tools/source.h"
#include "tools/trace_set.h"

namespace looptape::tools {

// Every source that can be read is; what cannot, and all damage, is said in a line each and sets the exit
// code.  `take` gets the parts; afterwards `set` knows the processes and their recordings, without rows.  False when
// nothing was read: there is nothing to show.
bool read_sources(const std::vector<std::string>& arguments, TraceSet& set, Session& session, const TakeTrace& take);

}  // namespace looptape::tools
