// The clock of the recording path: raw ticks, turned into nanoseconds only by readers.
//
// Callable from any thread and from signal handlers; never blocks, allocates or fails.
#pragma once

#include <cstdint>

#include "looptape/core/export.h"

namespace looptape::core {

// The CPU's time-stamp counter: x86 TSC, ARMv8 CNTVCT.  Not serialising: it may move a few instructions.
inline std::uint64_t read_counter() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
#error "Looptape knows the time-stamp counters of x86-64 and AArch64"
#endif
}

// CLOCK_MONOTONIC in nanoseconds: the clock where the counter cannot be trusted.
LOOPTAPE_API std::uint64_t monotonic_ns() noexcept;

}  // namespace looptape::core
