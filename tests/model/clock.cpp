// The clock of the model check: every look at it is one nanosecond later than the last, so that executions repeat.
#include "core/clock.h"

#include "looptape/core/clock.h"
#include "tests/model/recording.h"

namespace looptape::core {

std::uint64_t monotonic_ns() noexcept { return ++model::g_time; }
std::uint64_t wall_ns() noexcept { return ++model::g_time; }
std::uint64_t thread_cpu_ns() noexcept { return 0; }
bool counter_is_invariant() noexcept { return false; }
ClockReading read_clocks(bool) noexcept {
  const std::uint64_t now = ++model::g_time;
  return {now, now, now};
}
double ticks_per_ns(bool) noexcept { return 1; }

}  // namespace looptape::core
