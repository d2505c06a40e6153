// From whoever notices to the recorder's thread: a bounded queue of triggers and a way to wake it.
//
// post: any thread and signal handlers; lock-free, no allocation, never blocks.  wait/pop: the recorder's thread.
#pragma once

#include <semaphore.h>

#include <boost/lockfree/queue.hpp>
#include <cstdint>

#include "looptape/core/trigger.h"

namespace looptape::core {

struct TriggerPost {
  std::uint64_t tick = 0;              // when it fired
  std::uint64_t request = 0;           // 0 = none
  std::uint64_t value = 0, limit = 0;  // ticks
  std::uint16_t name = 0;              // id of the kind or reason
  TriggerKind kind = TriggerKind::kNone;
};

class TriggerQueue {
 public:
  TriggerQueue();
  ~TriggerQueue();
  TriggerQueue(const TriggerQueue&) = delete;
  TriggerQueue& operator=(const TriggerQueue&) = delete;

  // False: full; the caller counts it.
  bool post(const TriggerPost& trigger) noexcept;
  bool pop(TriggerPost* trigger) noexcept;
  // Wakes the recorder's thread without a trigger.
  void wake() noexcept { ::sem_post(&semaphore_); }
  // Until something is posted, woken, or `deadline_ns` of CLOCK_MONOTONIC.
  void wait_until(std::uint64_t deadline_ns) noexcept;

  static constexpr std::size_t kCapacity = 1024;                // a storm beyond it is counted
  static constexpr std::size_t kPrivateBytes = kCapacity * 64;  // a node is on a cache line of its own

 private:
  boost::lockfree::queue<TriggerPost, boost::lockfree::fixed_sized<true>> queue_;
  sem_t semaphore_;
};

}  // namespace looptape::core
