// Who owns which chunk: free ones, closed ones in the order of their closing, and those a snapshot has copied.
//
// take/close: any recording thread, at chunk switch only.  take_closed/release: the snapshot.  Lock-free, bounded
// memory allocated at construction, nothing throws afterwards.  A chunk's index is in exactly one place: one of the
// queues, one writer, or the snapshot that copies it; every hand-over passes through a queue, whose push and pop
// synchronise (Boost.Lockfree), so the next owner sees all that the last one wrote.
//
//            take                     close                take (no other left)
//   free ──────────► writer's open ──────────► closed ─────────────────────────► writer's open
//    ▲                    ▲                       │ take_closed
//    │ refill             │ take (first choice)   ▼
//    └───────────────  released ◄────────────  snapshot
//                                  release
#pragma once

#include <boost/lockfree/queue.hpp>
#include <cstddef>
#include <cstdint>

#include "looptape/core/memory.h"

namespace looptape::core {

class ChunkPool {
 public:
  // `count` chunks, all free; the last `reserve` free ones are for writers while a snapshot runs.
  ChunkPool(std::uint32_t count, std::uint32_t reserve);

  struct Taken {
    std::uint32_t index = 0;
    bool found = false;
  };
  // Free ones above the reserve first (nothing is overwritten while there is room), then released ones (already copied;
  // older than anything closed), then the one closed longest ago, then the reserve; while a snapshot runs the reserve
  // comes before the closed ones.  Not found: every chunk is some thread's open one.
  Taken take() noexcept;
  // Puts a closed chunk at the end of the queue.  False: broken invariant (more chunks than exist).
  bool close(std::uint32_t index) noexcept;

  // Snapshot: begin, then take_closed/release chunk by chunk, then end.
  void begin_snapshot() noexcept { snapshots_.fetch_add(1, std::memory_order_relaxed); }  // opens the reserve; a hint
  bool take_closed(std::uint32_t* index) noexcept {
    if (!closed_.pop(*index)) return false;
    closed_count_.fetch_sub(1, std::memory_order_relaxed);  // an estimate
    return true;
  }
  bool release(std::uint32_t index) noexcept { return released_.push(index); }
  // Moves released chunks to the free ones until the reserve is whole again.
  void end_snapshot() noexcept;

  // Chunks that writers can take before they reach the queue of closed ones.
  std::uint32_t spare_estimate() const {
    const std::int64_t free = free_count_.load(std::memory_order_relaxed) - reserve_;  // an estimate
    return free > 0 ? static_cast<std::uint32_t>(free) : 0;
  }
  // Memory of the queues.
  std::size_t private_bytes() const { return 3 * (std::size_t{count_} + 2) * 64; }  // Boost aligns nodes to cache lines
  std::uint32_t closed_estimate() const { return closed_count_.load(std::memory_order_relaxed); }  // for loop bounds

 private:
  using Queue = boost::lockfree::queue<std::uint32_t, boost::lockfree::fixed_sized<true>>;
  bool take_free(std::int64_t keep, std::uint32_t* index) noexcept;

  const std::uint32_t count_, reserve_;
  Queue free_, closed_, released_;
  Atomic<std::int64_t> free_count_;
  Atomic<std::uint32_t> closed_count_{0};
  Atomic<std::uint32_t> snapshots_{0};
};

}  // namespace looptape::core
