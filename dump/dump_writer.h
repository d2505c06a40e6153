// From a copy of a region to a durable tape in the service's directory, within the disk budget.
//
// One thread at a time; blocks, does I/O.  A dump is whole or absent; what went wrong is a value.  Used by the
// recorder's thread, by the recovery of dead regions and by the command.
#pragma once

#include <cstdint>
#include <string>

#include "dump/dump_outcome.h"
#include "dump/region_copy.h"
#include "dump/rows.h"

namespace looptape::dump {

struct DumpWriterSettings {
  std::string directory;  // of the service: tapes lie directly in it
  std::uint64_t max_bytes = 0, max_files = 0, max_age_seconds = 0, free_floor = 0;  // 0 = no limit
};

class DumpWriter {
 public:
  explicit DumpWriter(DumpWriterSettings settings) : settings_(std::move(settings)) {}
  // A tape of the copy, whole and durable or absent, within the limits.  One thread at a time.
  DumpOutcome write(const RegionCopy& copy, const Trigger& trigger);

 private:
  DumpWriterSettings settings_;
  std::uint64_t written_ = 0;  // part of the next file's name
};

}  // namespace looptape::dump
