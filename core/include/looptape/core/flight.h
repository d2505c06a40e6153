// The table of requests in flight: one entry per running request, readable by anyone.
//
// publish/clear: only by the entry's holder (who took it from the free list).  read_flight: any thread.
// Nothing blocks, allocates or throws.  Request numbers are never reused, so the number is the generation.
//
// Pairing table
//   P7 kFlightPublish → kReadNumber        a number comes with the words of its entry
//   P8 kFlightFence   → kReadFlightFence   a reader that saw a word of a newer entry sees at kReadNumberAgain
//                                          that the number moved on
#pragma once

#include "looptape/core/layout.h"
#include "looptape/core/memory.h"

namespace looptape::core {

// Fills an entry whose number is 0 (cleared by the previous holder) and publishes it.  `words` holds
// flight::kWords values; words[kNumber] is the number.
template <class M>
void publish_flight(typename M::Word* entry, const std::uint64_t* words) noexcept {
  M::template fence<Access::kFlightFence>(std::memory_order_release);  // P8, pairs with kReadFlightFence
  for (std::size_t i = 1; i < flight::kWords; ++i)
    M::template store<Access::kFlightWord>(entry[i], words[i], std::memory_order_relaxed);  // ordered by P7, P8
  M::template point<Point::kFlightFilled>();
  M::template store<Access::kFlightPublish>(entry[flight::kNumber], words[flight::kNumber],
                                            std::memory_order_release);  // P7, pairs with kReadNumber
  M::template point<Point::kFlightPublished>();
}

template <class M>
void clear_flight(typename M::Word* entry) noexcept {
  // Ordered before the next holder's words by that holder's P8 fence (the free list hands the entry over).
  M::template store<Access::kFlightClear>(entry[flight::kNumber], 0, std::memory_order_relaxed);
}

// Copies a running request's entry (flight::kWords).  False: free, or it changed while it was read.
template <class M>
bool read_flight(const typename M::Word* entry, std::uint64_t* out) noexcept {
  const std::uint64_t number = M::template load<Access::kReadNumber>(
      entry[flight::kNumber], std::memory_order_acquire);  // P7, pairs with kFlightPublish
  if (number == 0) return false;
  for (std::size_t i = 1; i < flight::kWords; ++i)
    out[i] = M::template load<Access::kReadFlightWord>(entry[i], std::memory_order_relaxed);  // between P7 and P8
  M::template fence<Access::kReadFlightFence>(std::memory_order_acquire);  // P8, pairs with kFlightFence
  const std::uint64_t again =
      M::template load<Access::kReadNumberAgain>(entry[flight::kNumber], std::memory_order_relaxed);  // after P8
  out[flight::kNumber] = number;
  return M::template recheck<Access::kReadNumberAgain>(again == number);
}

}  // namespace looptape::core
