// What both checkers know of the memory model: vector clocks, and which orders acquire and release.
// Tests only.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace looptape::model {

// By thread: what happened before.
template <std::size_t kThreads>
using VectorClock = std::array<std::uint32_t, kThreads>;

template <std::size_t kThreads>
void join(VectorClock<kThreads>& clock, const VectorClock<kThreads>& other) {
  for (std::size_t i = 0; i < kThreads; ++i) clock[i] = std::max(clock[i], other[i]);
}

template <std::size_t kThreads>
bool within(const VectorClock<kThreads>& clock, const VectorClock<kThreads>& other) {
  for (std::size_t i = 0; i < kThreads; ++i)
    if (clock[i] > other[i]) return false;
  return true;
}

constexpr bool acquires(std::memory_order order) {
  return order != std::memory_order_relaxed && order != std::memory_order_release;
}

constexpr bool releases(std::memory_order order) {
  return order != std::memory_order_relaxed && order != std::memory_order_acquire;
}

}  // namespace looptape::model
