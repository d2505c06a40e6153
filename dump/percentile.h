// Percentiles by nearest rank, in integers.
//
// Pure; any thread.  A percentile found here is always one of the values, so it names a real request.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace looptape::dump {

// Rank k = ⌈n·p⌉ from 1, with p in per mille (950 = p95), at least 1.  REQUIRES: n > 0, per_mille ≤ 1000.
constexpr std::uint64_t nearest_rank(std::uint64_t n, unsigned per_mille) {
  // n / 1000 apart, so that no product overflows.
  const std::uint64_t whole = n / 1000 * per_mille, rest = n % 1000 * per_mille;
  const std::uint64_t rank = whole + (rest + 999) / 1000;
  return rank == 0 ? 1 : rank;
}

// Fewer than 20 / (1 − p) values say nothing about their p-th percentile: fewer than 20 of them lie beyond it, and the
// number that does varies by its square root, more than a fifth.
constexpr bool enough_for(std::uint64_t n, unsigned per_mille) {
  return per_mille < 1000 && n >= (20'000 + (1000 - per_mille) - 1) / (1000 - per_mille);
}

// The percentile of values in ascending order; nothing when there are too few of them.
std::optional<std::uint64_t> percentile(std::span<const std::uint64_t> ascending, unsigned per_mille);

}  // namespace looptape::dump
