// The bridge from the memory policy to the exploration under way.  Tests only, one thread.
#include "tests/model/checker.h"

namespace looptape::core {

using model::Execution;

// Outside an exploration the words are plain memory: a test that sets something up.
std::uint64_t Checked::load(Access label, const Word& word, std::memory_order order) noexcept {
  Execution* const execution = Execution::current();
  return execution != nullptr ? execution->load(label, word, order) : word.value;
}

void Checked::store(Access label, Word& word, std::uint64_t value, std::memory_order order) noexcept {
  if (Execution* const execution = Execution::current())
    execution->store(label, word, value, order);
  else
    word.value = value;
}

void Checked::fence(Access label, std::memory_order order) noexcept {
  if (Execution* const execution = Execution::current()) execution->fence(label, order);
}

bool Checked::recheck(Access label, bool unchanged) noexcept {
  const Execution* const execution = Execution::current();
  return execution != nullptr ? execution->recheck(label, unchanged) : unchanged;
}

void Checked::point(Point point) noexcept {
  if (Execution* const execution = Execution::current()) execution->reached(point);
}

}  // namespace looptape::core
