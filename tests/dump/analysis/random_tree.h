// Random requests for tests of the analyses: small, so that boundaries coincide often.
//
// Pure but for the generator that is passed in.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "dump/critical_path.h"

namespace looptape::test {

// Stages of any length at any time, their parents too: many begin before or end after their parent, or outside it.
inline std::vector<dump::PathStage> random_tree(std::mt19937& random) {
  const auto below = [&](int n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  const int count = 1 + static_cast<int>(below(12));
  const int span = 1 + static_cast<int>(below(40));
  std::vector<dump::PathStage> stages{{below(5), 5 + below(span), dump::kNoStage}};
  for (int i = 1; i < count; ++i) {
    const std::int64_t start = below(span + 6);
    stages.push_back({start, start + below(span), static_cast<std::uint32_t>(below(i))});
  }
  return stages;
}

// Stages inside their parents, few levels deep: one after the other, beside each other, nested.
inline std::vector<dump::PathStage> random_nested_tree(std::mt19937& random) {
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const std::int64_t tries = below(14);
  std::vector<dump::PathStage> stages{{below(5), 5 + below(60), dump::kNoStage}};
  for (std::int64_t i = 0; i < tries; ++i) {
    const auto there = static_cast<std::int64_t>(stages.size());
    const auto parent = static_cast<std::uint32_t>(below(std::min(there, 1 + below(4))));
    const dump::PathStage above = stages[parent];
    if (above.end == above.start) continue;
    const std::int64_t start = above.start + below(above.end - above.start);
    stages.push_back({start, start + below(1 + above.end - start), parent});
  }
  return stages;
}

}  // namespace looptape::test
