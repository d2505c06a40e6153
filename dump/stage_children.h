// The stages of a request grouped by their parents, for the analyses that go down its tree.
//
// Pure; any thread.  For the analyses in this folder.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dump/critical_path.h"

namespace looptape::dump {

// Children of every stage, in the order of recording.  Stages of length zero cover no instant and take part in nothing;
// neither do parents out of range.  A circle of parents is there, and not below stages[0].
class StageChildren {
 public:
  explicit StageChildren(std::span<const PathStage> stages);
  std::span<const std::uint32_t> of(std::uint32_t stage) const {
    return {list_.data() + first_[stage], list_.data() + first_[stage + 1]};
  }
  std::span<std::uint32_t> of(std::uint32_t stage) {
    return {list_.data() + first_[stage], list_.data() + first_[stage + 1]};
  }

 private:
  std::vector<std::uint32_t> first_, list_;  // children of p are list_[first_[p]] … list_[first_[p + 1] − 1]
};

}  // namespace looptape::dump
