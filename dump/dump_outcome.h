// What became of a dump.  Plain data.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "dump/region_copy.h"
#include "dump/rows.h"

namespace looptape::dump {

struct DumpOutcome {
  std::string path;           // of the finished file; empty when there is none
  std::string error;          // why not: what failed on what; beside a path: that its directory could not be synced
  bool refused = false;       // by the disk budget, before anything was written
  std::uint64_t removed = 0;  // older dumps that gave way to the disk's limits
  std::string damage = {};    // of the copy: what is wrong in it, and so not in the dump
};

// Makes a copy durable as a dump; returns when it is, or why it is not.
using DumpFunction = std::function<DumpOutcome(const RegionCopy&, const Trigger&)>;

}  // namespace looptape::dump
