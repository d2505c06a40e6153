// Is the process that recorded a region still running?
//
// Reads /proc; ordinary threads only.
#pragma once

#include <array>
#include <cstdint>

namespace looptape::dump {

// True when process `pid` is the one that started at `start_time` (field 22 of its stat) after the boot `boot_id`, and
// has not ended: one that was killed and only waits for its parent to notice has ended.
bool process_runs(std::uint64_t pid, std::uint64_t start_time, const std::array<std::uint64_t, 2>& boot_id);

}  // namespace looptape::dump
