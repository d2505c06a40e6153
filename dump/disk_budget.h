// Keeps the tapes of one service within its share of the disk.
//
// Called before a dump (to make room) and after it, from the dump's thread; several processes may share
// the directory.  Removes tapes by our naming only, regular files that belong to us, oldest first; never
// follows a link, never touches anything else.  Never throws but for want of memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dump/io_error.h"
#include "dump/output_directory.h"

namespace looptape::dump {

// 0 means no limit, for each.  What is usual: core/disk_limits.h.
struct DiskLimits {
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
  std::uint64_t age_seconds = 0;
  std::uint64_t free_floor = 0;  // bytes that stay free on the file system
};

enum class RemovalReason { kBytes, kFiles, kAge, kFreeSpace, kAbandoned };

struct Removal {
  std::string name;
  std::uint64_t bytes = 0;
  RemovalReason reason = RemovalReason::kBytes;
};

struct DiskState {
  std::vector<Removal> removed;
  std::uint64_t files = 0, bytes = 0;  // ours, after the removals
  bool room = false;                   // for what was expected
  std::uint64_t most_bytes = 0;        // the next tape may take; 0 = no limit.  Only when there is room
  IoError error;                       // what could not be looked at or removed; when there is no room, why
};

// Makes room for a tape of `expected` bytes (0: none is coming, only the limits are enforced).  When the
// removal of all our tapes would not make enough room, none is removed for it.  `now`: seconds since 1970.
// Temporary files of writers that died are removed once they are an hour old.
DiskState enforce_disk_limits(const OutputDirectory& directory, const DiskLimits& limits, std::uint64_t expected,
                              std::int64_t now);

// What is there, and nothing removed.
DiskState look_at_disk(const OutputDirectory& directory);

}  // namespace looptape::dump
