// Which process this is: what tells a live region's owner from a later process with the same id.
//
// Reads /proc; ordinary threads only, at start-up.
#pragma once

#include <array>
#include <cstdint>

namespace looptape::core {

// Field 22 of /proc/PID/stat: start time in clock ticks since boot; 0 when it cannot be read.
std::uint64_t process_start_time(std::uint64_t pid);
// /proc/sys/kernel/random/boot_id as two words; zeros when it cannot be read.
std::array<std::uint64_t, 2> boot_id();
// Inode of this process's pid namespace: two processes with the same one mean the same process by an id; 0 when it
// cannot be read.
std::uint64_t pid_namespace();
// Fills `words` with random bits (getrandom).  False: the system gives none, and they are only unlikely to repeat: good
// enough to tell one process or file from another, not for a secret.
bool random_words(std::uint64_t* words, std::size_t count);

}  // namespace looptape::core
