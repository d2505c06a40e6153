// The clock that is always right, and whether the fast one can be trusted.
#include "core/clock.h"

#include <fcntl.h>
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "looptape/core/clock.h"

namespace looptape::core {
namespace {
std::uint64_t clock_ns(clockid_t id) noexcept {
  timespec now{};
  ::clock_gettime(id, &now);  // vdso; async-signal-safe
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}
}  // namespace

std::uint64_t monotonic_ns() noexcept { return clock_ns(CLOCK_MONOTONIC); }
std::uint64_t wall_ns() noexcept { return clock_ns(CLOCK_REALTIME); }
std::uint64_t thread_cpu_ns() noexcept { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

bool counter_is_invariant() noexcept {
#if defined(__x86_64__)
  // CPUID 8000_0007h, EDX bit 8: the TSC runs at a constant rate in all states (AMD APM vol. 3, E.4.7; Intel SDM
  // vol. 3, 18.17.1).
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(0x80000007u, &eax, &ebx, &ecx, &edx) != 0 && (edx & (1u << 8)) != 0;
#else
  return true;  // CNTVCT is a system counter of fixed frequency by architecture
#endif
}

ClockReading read_clocks(bool counter) noexcept {
  // The monotonic clock between two looks at the counter; the tightest of a few tries.
  ClockReading best{};
  std::uint64_t width = ~std::uint64_t{0};
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t before = counter ? read_counter() : monotonic_ns();
    const std::uint64_t monotonic = monotonic_ns();
    const std::uint64_t after = counter ? read_counter() : monotonic;
    if (after - before >= width) continue;
    width = after - before;
    best = {counter ? before + (after - before) / 2 : monotonic, monotonic, wall_ns()};
  }
  return best;
}

double ticks_per_ns(bool counter) noexcept {
  if (!counter) return 1.0;
  // Two readings at least 2 ms apart: good to about 1e-4, enough for limits; readers use far anchors.
  const ClockReading first = read_clocks(true);
  ClockReading second = first;
  while (second.monotonic_ns - first.monotonic_ns < 2'000'000) second = read_clocks(true);
  return static_cast<double>(second.tick - first.tick) / static_cast<double>(second.monotonic_ns - first.monotonic_ns);
}

}  // namespace looptape::core
