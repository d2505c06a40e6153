// The second clock anchor of a region: refreshed while recording, so that ticks turn into time without drift.
//
// write_anchor: the recorder's thread only.  read_anchor: any thread.  Nothing blocks, allocates or throws.  Templates
// over the memory policy: the model check runs this very text.  The sequence word is odd while the anchor is written.
//
// Pairing table
//   P13 kAnchorEven → kReadAnchorSequence   an even sequence comes with its anchor
//   P14 kAnchorFence → kReadAnchorFence     a reader that saw a word of a newer anchor sees at kReadAnchorAgain
//                                           that the sequence moved on
#pragma once

#include "looptape/core/layout.h"
#include "looptape/core/memory.h"

namespace looptape::core {

struct Anchor {
  std::uint64_t tick = 0, monotonic_ns = 0, wall_ns = 0;
};

// `header` is the region's first page.
template <class M>
void write_anchor(typename M::Word* header, const Anchor& anchor) noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto put = [&](std::size_t index, std::uint64_t value) {
    M::template store<Access::kAnchorWord>(header[index], value,
                                           relaxed);  // ordered by P13 (new) and P14 (old readers)
  };
  const std::uint64_t before =
      M::template load<Access::kPlain>(header[header::kAnchorSequence], relaxed);  // only this thread writes it
  M::template store<Access::kAnchorOdd>(header[header::kAnchorSequence], before + 1,
                                        relaxed);                      // ordered by P14's fence
  M::template fence<Access::kAnchorFence>(std::memory_order_release);  // P14, pairs with kReadAnchorFence
  put(header::kLastAnchorTick, anchor.tick);
  put(header::kLastAnchorMonotonic, anchor.monotonic_ns);
  put(header::kLastAnchorWall, anchor.wall_ns);
  M::template store<Access::kAnchorEven>(header[header::kAnchorSequence], before + 2,
                                         std::memory_order_release);  // P13, pairs with kReadAnchorSequence
}

// False: there is none yet, or it changed while it was read (then try again).
template <class M>
bool read_anchor(const typename M::Word* header, Anchor* anchor) noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto get = [&](std::size_t index) {
    return M::template load<Access::kReadAnchorWord>(header[index], relaxed);  // after P13 and before P14
  };
  const std::uint64_t sequence = M::template load<Access::kReadAnchorSequence>(
      header[header::kAnchorSequence], std::memory_order_acquire);  // P13, pairs with kAnchorEven
  if (sequence == 0 || sequence % 2 != 0) return false;
  anchor->tick = get(header::kLastAnchorTick);
  anchor->monotonic_ns = get(header::kLastAnchorMonotonic);
  anchor->wall_ns = get(header::kLastAnchorWall);
  M::template fence<Access::kReadAnchorFence>(std::memory_order_acquire);  // P14, pairs with kAnchorFence
  const std::uint64_t again =
      M::template load<Access::kReadAnchorAgain>(header[header::kAnchorSequence], relaxed);  // ordered by P14's fence
  return M::template recheck<Access::kReadAnchorAgain>(again == sequence);
}

}  // namespace looptape::core
