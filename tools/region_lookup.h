// Finds the region of a process, as `pid:1234` and `dump 1234` name it.
//
// Reads /proc and the directories of regions; one thread.
#pragma once

#include <cstdint>
#include <string>

#include "dump/process_list.h"

namespace looptape::tools {

struct RegionFound {
  std::string path;     // to open
  std::string service;  // empty when it is not known
  bool dead = false;    // its process has ended
};

// Where regions are looked for: $LOOPTAPE_REGION_DIRECTORY, as recorders do, or /dev/shm; as root, every user's.
dump::RegionSearch region_search();

// Of the process that runs under that id; when none does, or one that only waits for its parent to notice that it has
// ended, what the last one left.  Empty when `*found` is filled, else one line saying what is wrong and what to do.
std::string find_region(std::uint64_t pid, RegionFound* found);

}  // namespace looptape::tools
