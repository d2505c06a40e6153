// From whoever notices to the recorder's thread: see trigger_queue.h.
#include "core/trigger_queue.h"

#include <atomic>
#include <cerrno>
#include <ctime>

namespace looptape::core {

// What the queue's handles are; see chunk_pool.cpp.
static_assert(std::atomic<boost::lockfree::detail::tagged_index>::is_always_lock_free,
              "a signal handler that posts must not meet a lock");

TriggerQueue::TriggerQueue() : queue_(kCapacity) { ::sem_init(&semaphore_, 0, 0); }

TriggerQueue::~TriggerQueue() { ::sem_destroy(&semaphore_); }

bool TriggerQueue::post(const TriggerPost& trigger) noexcept {
  if (!queue_.push(trigger)) return false;
  ::sem_post(&semaphore_);  // async-signal-safe; a system call only when the thread sleeps
  return true;
}

bool TriggerQueue::pop(TriggerPost* trigger) noexcept { return queue_.pop(*trigger); }

void TriggerQueue::wait_until(std::uint64_t deadline_ns) noexcept {
  timespec until{};
  until.tv_sec = static_cast<time_t>(deadline_ns / 1'000'000'000u);
  until.tv_nsec = static_cast<long>(deadline_ns % 1'000'000'000u);
  while (::sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &until) != 0 && errno == EINTR) {
  }
  // A storm is one wake-up; of one that does not end the rest is the next.
  for (std::size_t taken = 0; taken < kCapacity && ::sem_trywait(&semaphore_) == 0; ++taken) {
  }
}

}  // namespace looptape::core
