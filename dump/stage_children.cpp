// Children by parent: counted, then placed; see the header.
#include "dump/stage_children.h"

namespace looptape::dump {

StageChildren::StageChildren(std::span<const PathStage> stages) {
  first_.assign(stages.size() + 1, 0);
  const auto counts = [&](std::size_t i) {
    return i != 0 && stages[i].parent < stages.size() && stages[i].parent != i && stages[i].end > stages[i].start;
  };
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (counts(i)) ++first_[stages[i].parent + 1];
  }
  for (std::size_t i = 0; i < stages.size(); ++i) first_[i + 1] += first_[i];
  list_.resize(first_.back());
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (counts(i)) list_[next[stages[i].parent]++] = static_cast<std::uint32_t>(i);
  }
}

}  // namespace looptape::dump
