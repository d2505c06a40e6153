// Is the process that recorded a region still running?
//
// Reads /proc and looks at locks; ordinary threads only.
#pragma once

#include <array>
#include <cstdint>

#include "dump/region_geometry.h"

namespace looptape::dump {

// True when process `pid` is the one that started at `start_time` (field 22 of its stat) after the boot `boot_id`, and
// has not ended: one that was killed and only waits for its parent to notice has ended.
bool process_runs(std::uint64_t pid, std::uint64_t start_time, const std::array<std::uint64_t, 2>& boot_id);

// True when a process that records into the region open at `fd` is alive.  Its lock decides: whoever holds it lives,
// in whatever pid namespace.  Where nobody does (a file system without such locks, a host that closed all its
// descriptors) the process named in `header` decides, if its id means the same process here: it runs, and has not
// mapped other files alone since it took the lock, as after an exec.  If the id does not, the region is given up only
// when it says that it was locked.
bool recorder_lives(int fd, const HeaderWords& header);

// The region's process has ids of another pid namespace than this one.
bool in_foreign_namespace(const HeaderWords& header);

}  // namespace looptape::dump
