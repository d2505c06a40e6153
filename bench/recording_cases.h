// The operations whose cost is measured: what an application writes, through the one header it includes.
//
// Used by recording.cpp.  Each list begins with its floor.  A function's cases are to be run by one thread, with a
// recorder and, where it says so, a request of that thread.
#pragma once

#include <vector>

#include "bench/batch.h"

namespace looptape::bench {

// A bare clock read, stored, at as many places as the others have sites.
Case bare_clock();

// Stages, events, counters and attributes; needs a request that is active.
std::vector<Case> recorded_cases();
// Requests, contexts and stages that end elsewhere: several records each.
std::vector<Case> request_cases();
// boost::lockfree::spsc_queue given records with a time stamp: what one would write oneself.
std::vector<Case> peer_cases();
// Probes while recording is switched off, in several shapes of code.
std::vector<Case> switched_off_cases();
// The same probes compiled with LOOPTAPE_DISABLED, and an empty loop.
std::vector<Case> compiled_out_cases();

}  // namespace looptape::bench
