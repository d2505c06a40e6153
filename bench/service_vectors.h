// The work of a stage in the service whose cost is compared: the best of some vectors.
//
// Compiled once and made once, before the services are forked: all of them run the same instructions at the same
// addresses on the same physical pages.  Where a loop lies within its cache lines, and where its data lies in a
// second-level cache, changes its time by more than what is to be measured.  Any thread.
#pragma once

#include <cstddef>
#include <vector>

namespace looptape::bench {

// 256 KiB, as much as a second-level cache holds.
class Vectors {
 public:
  static constexpr std::size_t kDimensions = 128, kCount = 512;
  Vectors();
  // The best score of `count` vectors from `first` on, wrapping: some 10 ns each.
  float best(std::size_t first, std::size_t count) const;

 private:
  std::vector<float> values_;
};

}  // namespace looptape::bench
