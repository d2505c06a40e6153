// One process that records at full rate until it is killed, and what its region must hold then.
//
// The child runs two threads.  Each repeats, for k = 1, 2, …: a stage with a number and a text made from k, sometimes a
// request around it and a new name, then an event that carries k; then it acknowledges k in a page shared with the
// parent.  So what was acknowledged is known exactly, and every record shows whether it is whole.
#pragma once

#include <cstdint>
#include <string>

#include "looptape/core/memory.h"

namespace looptape::testing {

struct KillPlan {
  std::uint64_t at_acknowledged = 0;        // kill from outside when a thread has acknowledged so many
  core::Point point = core::Point::kCount;  // or from inside, at this point …
  std::int64_t passing = 0;                 // … when it is passed the n-th time
};

struct KillResult {
  std::string problem;  // empty: everything holds
  bool killed = false;
  bool wrapped = false;         // chunks had been recycled
  bool inside_a_write = false;  // words beyond the committed length, or a chunk being recycled: told only when fresh
  std::uint64_t acknowledged = 0, read = 0;  // records of the two threads: iterations, rows
};

// Forks, kills, reads what is left from outside, checks, removes it.
KillResult kill_once(const KillPlan& plan, const std::string& directory);

}  // namespace looptape::testing
