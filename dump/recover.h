// What dead processes left: their regions become dumps and are removed.
//
// Ordinary threads; blocks, does I/O.  Several recoverers may run at once: each region is claimed first (the lock that
// its recorder held while it lived), so it becomes one dump.  A region is removed only after its dump is durable; one
// that cannot be dumped stays, but all that stay are capped in number and bytes: the oldest are removed, and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dump/dump_outcome.h"
#include "dump/process_list.h"

namespace looptape::dump {

struct RecoverySettings {
  RegionSearch search;           // whose regions
  std::size_t max_regions = 16;  // dead ones that may stay
  std::uint64_t max_bytes = std::uint64_t{512} << 20;
  std::function<void()> on_region = {};  // called before each region, if set
};

enum class RecoveryResult {
  kRecovered,  // a dump, and the region is gone
  kAlive,      // its process runs: not touched
  kClaimed,    // somebody else is at it, or has just finished
  kEmpty,      // its process died before it recorded anything; removed
  kFailed,     // see error; the region stays
};

struct RegionRecovery {
  std::string region;  // path
  RecoveryResult result = RecoveryResult::kFailed;
  std::string dump;    // path
  std::string error;   // why not; beside a dump: what is left to say of it
  std::string damage;  // of the region: what is wrong in it, and so not in the dump
};

struct Recovery {
  std::vector<RegionRecovery> regions;  // dead ones, oldest first
  std::vector<std::string> removed;     // over the caps, never dumped
};

// One region by its path.
RegionRecovery recover_region(const std::string& path, const DumpFunction& write);

// All dead regions the search finds.
Recovery recover_dead_regions(const RecoverySettings& settings, const DumpFunction& write);

}  // namespace looptape::dump
