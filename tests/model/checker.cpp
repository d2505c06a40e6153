// The bridge from the memory policy to the exploration under way.  Tests only, one thread.
#include "tests/model/checker.h"

#include "tests/model/interleaver.h"

namespace looptape::core {

using model::Execution;
using model::Interleaving;

// Outside an exploration the cells are plain memory: a test that sets something up.
std::uint64_t Checked::load(Access label, const Cell& cell, std::memory_order order) noexcept {
  if (Interleaving* const run = Interleaving::current()) return run->load(label, cell, order);
  Execution* const execution = Execution::current();
  return execution != nullptr ? execution->load(label, cell, order) : cell.value;
}

void Checked::store(Access label, Cell& cell, std::uint64_t value, std::memory_order order) noexcept {
  if (Interleaving* const run = Interleaving::current())
    run->store(label, cell, value, order);
  else if (Execution* const execution = Execution::current())
    execution->store(label, cell, value, order);
  else
    cell.value = value;
}

// For one writer after the other a read-modify-write is a load and a store.  Weaker than the real one (the store
// continues no release sequence), never stronger.
std::uint64_t Checked::read_newest(Access label, const Cell& cell, std::memory_order order) noexcept {
  if (Interleaving* const run = Interleaving::current()) return run->read_newest(label, cell, order);
  return load(label, cell, order);
}

void Checked::write_next(Access label, Cell& cell, std::uint64_t value, std::memory_order order) noexcept {
  if (Interleaving* const run = Interleaving::current())
    run->write_next(label, cell, value, order);
  else
    store(label, cell, value, order);
}

bool Checked::compare_exchange(Access label, Cell& cell, std::uint64_t& expected, std::uint64_t desired,
                               std::memory_order order) noexcept {
  if (Interleaving* const run = Interleaving::current())
    return run->compare_exchange(label, cell, expected, desired, order);
  const std::uint64_t before = load(label, cell, order);
  if (before != expected) {
    expected = before;
    return false;
  }
  store(label, cell, desired, order);
  return true;
}

void Checked::fence(Access label, std::memory_order order) noexcept {
  if (Interleaving* const run = Interleaving::current())
    run->fence(label, order);
  else if (Execution* const execution = Execution::current())
    execution->fence(label, order);
}

bool Checked::recheck(Access label, bool unchanged) noexcept {
  if (const Interleaving* const run = Interleaving::current()) return run->recheck(label, unchanged);
  const Execution* const execution = Execution::current();
  return execution != nullptr ? execution->recheck(label, unchanged) : unchanged;
}

void Checked::point(Point point) noexcept {
  if (Execution* const execution = Execution::current()) execution->reached(point);
}

void Checked::read_plain(const void* where) noexcept {
  if (Interleaving* const run = Interleaving::current()) run->read_plain(where);
}

}  // namespace looptape::core
