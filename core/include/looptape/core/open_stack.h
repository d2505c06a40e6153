// The stack of stages a thread has open, readable by anyone while it moves.
//
// push/pop: only by the slot's owner.  read_open: any thread.  Nothing blocks, allocates or throws.
// An entry is {start, meta}; start 0 means closed.  A stage's start is never reused by its stream (starts grow
// strictly), which is what lets the second look at it stand for a generation.
//
// Pairing table
//   P4 kPushMeta  → kReadMeta    a reader that sees a newer meta sees at kReadStartAgain that start moved on
//   P5 kPushStart → kReadStart   a start comes with its own meta or a newer one
//   P6 kPopStart  → kReadStart, kReadStartAgain   who sees a stage closed sees its record committed (finished
//                                wins over open)
#pragma once

#include "looptape/core/layout.h"
#include "looptape/core/memory.h"

namespace looptape::core {

template <class M>
inline void push_open(typename M::Word* entry, std::uint64_t start, std::uint64_t meta) noexcept {
  M::template store<Access::kPushMeta>(entry[1], meta, std::memory_order_release);  // P4, pairs with kReadMeta
  M::template point<Point::kStagePushedMeta>();
  M::template store<Access::kPushStart>(entry[0], start, std::memory_order_release);  // P5, pairs with kReadStart
  M::template point<Point::kStagePushed>();
}

template <class M>
inline void pop_open(typename M::Word* entry) noexcept {
  M::template store<Access::kPopStart>(entry[0], 0,
                                       std::memory_order_release);  // P6, pairs with kReadStart and kReadStartAgain
}

// Reads one entry.  False: closed, or it moved while it was read (then the stage has ended or begun meanwhile).
template <class M>
bool read_open(const typename M::Word* entry, std::uint64_t* start, std::uint64_t* meta) noexcept {
  *start = M::template load<Access::kReadStart>(
      entry[0], std::memory_order_acquire);  // P5 and P6, pairs with kPushStart and kPopStart
  if (*start == 0) return false;
  *meta = M::template load<Access::kReadMeta>(entry[1], std::memory_order_acquire);  // P4, pairs with kPushMeta
  const std::uint64_t again = M::template load<Access::kReadStartAgain>(
      entry[0], std::memory_order_acquire);  // P6, pairs with kPopStart; after the meta, which acquires
  return M::template recheck<Access::kReadStartAgain>(again == *start);
}

}  // namespace looptape::core
