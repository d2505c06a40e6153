// Turns ticks into nanoseconds, exactly and monotonically, from two anchors of a recording.
//
// Pure; thread-safe.  ns(t) = (t − tick0) × Δmonotonic / Δtick in 128-bit integers, rounded down, so that
// durations computed as differences of two converted instants always add up.  Ticks of a hostile file may be anything:
// what lies further than 36 years from the anchor is told as that far.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "dump/rows.h"

namespace looptape::dump {

class ClockScale {
 public:
  ClockScale() = default;
  explicit ClockScale(const Process& process)
      : tick0_(process.first.tick), mono0_(process.first.monotonic_ns), wall0_(process.first.wall_ns) {
    if (process.clock == core::ClockKind::kTsc && process.last.tick > process.first.tick &&
        process.last.monotonic_ns > process.first.monotonic_ns) {
      ticks_ = process.last.tick - process.first.tick;
      ns_ = process.last.monotonic_ns - process.first.monotonic_ns;
    }
  }

  // Nanoseconds since the first anchor; negative before it.
  std::int64_t ns(std::uint64_t tick) const {
    const auto delta = static_cast<__int128>(static_cast<std::int64_t>(tick - tick0_));
    const __int128 scaled = delta * static_cast<__int128>(ns_);
    __int128 quotient = scaled / static_cast<__int128>(ticks_);
    if (scaled < 0 && quotient * static_cast<__int128>(ticks_) != scaled) --quotient;  // floor
    return static_cast<std::int64_t>(std::clamp<__int128>(quotient, -kMost, kMost));
  }
  // CLOCK_REALTIME nanoseconds since 1970.
  std::int64_t wall_ns(std::uint64_t tick) const { return later(wall0_, ns(tick)); }
  std::int64_t monotonic_ns(std::uint64_t tick) const { return later(mono0_, ns(tick)); }
  // Length of an interval as the difference of its converted ends.
  std::int64_t duration_ns(std::uint64_t start, std::uint64_t ticks) const { return ns(start + ticks) - ns(start); }

 private:
  // 36 years: sums and differences of a few fit.
  static constexpr std::int64_t kMost = std::int64_t{1} << 60;

  // The sum, as far as it fits.
  static std::int64_t later(std::uint64_t anchor, std::int64_t ns) {
    constexpr __int128 kEnd = std::numeric_limits<std::int64_t>::max() / 2;
    return static_cast<std::int64_t>(std::clamp<__int128>(__int128{anchor} + ns, -kEnd, kEnd));
  }

  std::uint64_t tick0_ = 0, mono0_ = 0, wall0_ = 0;
  std::uint64_t ticks_ = 1, ns_ = 1;
};

}  // namespace looptape::dump
