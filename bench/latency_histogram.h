// How often which latency was seen, in ticks: about one per cent exact, small enough to stay in the caches.
//
// Used by the benchmarks of latencies (latency.cpp, server.cpp); one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace looptape::bench {

class LatencyHistogram {
 public:
  void add(std::uint64_t ticks) {
    ++counts_[index(ticks)];
    ++total_;
    max_ = std::max(max_, ticks);
  }
  std::uint64_t total() const { return total_; }
  std::uint64_t max() const { return max_; }
  // The smallest latency that at least the share p of all did not exceed; the upper end of its bucket.
  std::uint64_t quantile(double p) const {
    const auto wanted = static_cast<std::uint64_t>(p * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted) return std::min(upper(i), max_);
    }
    return max_;
  }

 private:
  static constexpr unsigned kFine = 7;  // 128 buckets per power of two
  static std::size_t index(std::uint64_t ticks) {
    if (ticks < (1u << kFine)) return ticks;
    const auto power = static_cast<unsigned>(std::bit_width(ticks)) - 1 - kFine;
    return (std::size_t{power} << kFine) + (ticks >> power);
  }
  static std::uint64_t upper(std::size_t i) {
    if (i < (2u << kFine)) return i;
    const std::size_t power = (i >> kFine) - 1;
    return ((i - (power << kFine) + 1) << power) - 1;
  }

  std::array<std::uint32_t, (65 - kFine) << kFine> counts_{};
  std::uint64_t total_ = 0, max_ = 0;
};

}  // namespace looptape::bench
