// The pace of a remote model: how many requests it works on at once and how long each takes.
//
// Any thread may call it. This is the only place in the demo that sleeps: it stands for the time a
// model on another machine would need.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace looptape::tools::demo {

// A model that works on `lanes` requests at a time, first come, first served.
class PacedCapacity {
 public:
  using Clock = std::chrono::steady_clock;

  explicit PacedCapacity(std::size_t lanes) : free_from_(std::max<std::size_t>(lanes, 1), Clock::time_point{}) {}

  // When a piece of work that arrives at `now` is done: the earliest free lane takes it. Reserving
  // the lane in advance keeps the order of arrival without a queue of waiting threads.
  Clock::time_point reserve(Clock::time_point now, std::chrono::nanoseconds work) {
    const std::lock_guard lock(mutex_);
    const auto lane = std::min_element(free_from_.begin(), free_from_.end());
    *lane = std::max(*lane, now) + work;
    return *lane;
  }

  void take(std::chrono::nanoseconds work) { std::this_thread::sleep_until(reserve(Clock::now(), work)); }

 private:
  std::mutex mutex_;
  std::vector<Clock::time_point> free_from_;  // guarded by mutex_
};

}  // namespace looptape::tools::demo
