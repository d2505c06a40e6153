// Choosing and comparing clocks; the recording path's own reading is in looptape/core/clock.h.
//
// Callable from any thread; wall_ns also from signal handlers.  Nothing here fails.
#pragma once

#include <cstdint>

namespace looptape::core {

std::uint64_t wall_ns() noexcept;        // CLOCK_REALTIME, since 1970
std::uint64_t thread_cpu_ns() noexcept;  // CLOCK_THREAD_CPUTIME_ID of the caller

// True when the CPU says that its counter runs at a constant rate whatever the CPU does.
bool counter_is_invariant() noexcept;

struct ClockReading {
  std::uint64_t tick = 0, monotonic_ns = 0, wall_ns = 0;
};
// One moment on all clocks; `counter`: ticks are the CPU's counter, else nanoseconds of the monotonic clock.
ClockReading read_clocks(bool counter) noexcept;

// Rate of ticks, measured for about 2 ms.
double ticks_per_ns(bool counter) noexcept;

}  // namespace looptape::core
