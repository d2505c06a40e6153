// Who owns which chunk: see chunk_pool.h.
#include "core/chunk_pool.h"

namespace looptape::core {

// What the queues of fixed size exchange.  Said at compile time: is_lock_free() would ask libatomic when clang
// compiles.
static_assert(std::atomic<boost::lockfree::detail::tagged_index>::is_always_lock_free,
              "a writer that switches chunks must not meet a lock");

ChunkPool::ChunkPool(std::uint32_t count, std::uint32_t reserve)
    : count_(count), reserve_(reserve), free_(count + 1), closed_(count + 1), released_(count + 1), free_count_(count) {
  for (std::uint32_t i = 0; i < count; ++i) free_.push(i);
}

bool ChunkPool::take_free(std::int64_t keep, std::uint32_t* index) noexcept {
  // The count is a claim made before the pop: it never promises more than the queue holds.
  if (free_count_.fetch_sub(1, std::memory_order_relaxed) > keep && free_.pop(*index)) return true;  // the queue orders
  free_count_.fetch_add(1, std::memory_order_relaxed);  // the claim is given back
  return false;
}

ChunkPool::Taken ChunkPool::take() noexcept {
  Taken taken;
  const bool snapshot = snapshots_.load(std::memory_order_relaxed) != 0;  // a hint: late by one chunk at worst
  if (take_free(reserve_, &taken.index) || released_.pop(taken.index) || (snapshot && take_free(0, &taken.index))) {
    taken.found = true;
  } else if (closed_.pop(taken.index)) {
    closed_count_.fetch_sub(1, std::memory_order_relaxed);  // an estimate
    taken.found = true;
  } else if (take_free(0, &taken.index)) {
    taken.found = true;
  }
  return taken;
}

bool ChunkPool::close(std::uint32_t index) noexcept {
  closed_count_.fetch_add(1, std::memory_order_relaxed);  // an estimate
  return closed_.push(index);
}

void ChunkPool::end_snapshot() noexcept {
  std::uint32_t index;
  while (free_count_.load(std::memory_order_relaxed) < reserve_ && released_.pop(index)) {  // only this thread refills
    free_.push(index);
    free_count_.fetch_add(1, std::memory_order_relaxed);  // after the push: see take_free
  }
  snapshots_.fetch_sub(1, std::memory_order_relaxed);  // closes the reserve; a hint
}

}  // namespace looptape::core
