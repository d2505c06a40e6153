// The life of a chunk: recycled by its next owner, filled by one writer, read by anyone at any time.
//
// recycle/close: only by the thread that owns the chunk (took it from its pool).  read_chunk: any thread, also
// while the chunk is written or recycled; it never makes a writer wait.  Nothing here blocks, allocates or
// throws.  Templates over the memory policy: the model check runs this very text.
//
// Invariants
//   1. At most one thread owns a chunk; ownership passes through the pool's queues (acquire/release inside).
//   2. The generation is odd exactly while keyframe words are being replaced; it grows by 2 per recycling.
//   3. While the generation stays even, words below the committed length never change, kLast and kClosedRecords aside.
//   4. The committed length only grows while the generation stays even.
//
// Pairing table (release side → acquire side; what is seen through it)
//   P1 kRecycleEven → kReadGeneration   the keyframe and the reset committed length of this generation
//   P2 kCommit      → kReadCommitted    the words of every record below the length
//   P3 kRecycleFence→ kReadFence        a reader that saw any word of a newer life sees its odd generation
//                                       at kReadRecheck
#pragma once

#include "looptape/core/layout.h"
#include "looptape/core/memory.h"

namespace looptape::core {

// What a stream knows at the start of a chunk; see layout.h, namespace chunk.
struct Keyframe {
  std::uint64_t stream = 0, sequence = 0, base = 0, records = 0, bytes = 0;
  std::uint64_t request = 0, parent_start = 0, parent_stream = 0;
  std::uint64_t tid = 0, name[2] = {0, 0}, ordinal = 0, previous_last = 0;
  std::size_t depth = 0;
  bool name_cut = false;
};

// Begins a new life of `words`.  `open` is the owner's open stack (kMaxDepth × {start, meta}).
// Returns the offset of the first record in bytes.
template <class M>
std::size_t recycle_chunk(typename M::Word* words, const Keyframe& frame, const typename M::Word* open) noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto put = [&](std::size_t index, std::uint64_t value) {
    M::template store<Access::kKeyframe>(words[index], value, relaxed);  // ordered by P1 (new) and P3 (old readers)
  };
  const std::uint64_t generation =
      M::template load<Access::kPlain>(words[chunk::kGeneration], relaxed);  // only owners write it (invariant 1)
  M::template store<Access::kRecycleOdd>(words[chunk::kGeneration], generation + 1, relaxed);  // ordered by P3's fence
  M::template point<Point::kChunkOdd>();
  M::template fence<Access::kRecycleFence>(std::memory_order_release);  // P3, pairs with kReadFence
  const std::size_t first = keyframe_bytes(frame.depth);
  put(chunk::kCommitted, first);
  put(chunk::kStream, frame.stream);
  put(chunk::kSequence, frame.sequence);
  put(chunk::kBase, frame.base);
  put(chunk::kLast, 0);
  put(chunk::kRecords, frame.records);
  put(chunk::kBytes, frame.bytes);
  put(chunk::kRequest, frame.request);
  put(chunk::kParentStart, frame.parent_start);
  put(chunk::kParentStream, frame.parent_stream);
  put(chunk::kTid, frame.tid);
  put(chunk::kName, frame.name[0]);
  put(chunk::kName + 1, frame.name[1]);
  put(chunk::kDepth, frame.depth | std::uint64_t{frame.name_cut} << 6 | frame.ordinal << 8);
  put(chunk::kPreviousLast, frame.previous_last);
  put(chunk::kClosedRecords, 0);
  for (std::size_t i = 0; i < 2 * frame.depth; ++i)
    put(chunk::kOpen + i, M::template load<Access::kPlain>(open[i], relaxed));  // the owner's own stack
  M::template point<Point::kChunkKeyframe>();
  M::template store<Access::kRecycleEven>(words[chunk::kGeneration], generation + 2,
                                          std::memory_order_release);  // P1, pairs with kReadGeneration
  return first;
}

// Publishes everything below `bytes`.
template <class M>
inline void commit_chunk(typename M::Word* words, std::size_t bytes) noexcept {
  M::template store<Access::kCommit>(words[chunk::kCommitted], bytes,
                                     std::memory_order_release);  // P2, pairs with kReadCommitted
}

// The owner's last words on a chunk before it enters the queue of closed ones.
template <class M>
void close_chunk(typename M::Word* words, std::uint64_t last, std::uint64_t records) noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;  // the pool's queue orders them for the next owner; others check
  M::template store<Access::kCloseTick>(words[chunk::kLast], last, relaxed);
  M::template store<Access::kCloseTick>(words[chunk::kClosedRecords], records, relaxed);
}

enum class ChunkRead {
  kOk,
  kEmpty,     // never used
  kBusy,      // being re-initialised at the first look
  kRecycled,  // recycled during the copy: nothing of it may be used
  kBroken,    // a committed length that no writer produces
};

// Copies the whole records of a chunk of `capacity` bytes to `out` (same capacity).  On kOk `*bytes` is the
// committed length and out[0] the generation read.
template <class M>
ChunkRead read_chunk(const typename M::Word* words, std::size_t capacity, std::uint64_t* out,
                     std::size_t* bytes) noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  const std::uint64_t generation = M::template load<Access::kReadGeneration>(
      words[chunk::kGeneration], std::memory_order_acquire);  // P1, pairs with kRecycleEven
  if (generation == 0) return ChunkRead::kEmpty;
  if (generation & 1) return ChunkRead::kBusy;
  const std::uint64_t committed = M::template load<Access::kReadCommitted>(
      words[chunk::kCommitted], std::memory_order_acquire);  // P2, pairs with kCommit
  const bool plausible = committed <= capacity && committed % kWordBytes == 0 && committed >= keyframe_bytes(0);
  const std::size_t count = plausible ? static_cast<std::size_t>(committed) / kWordBytes : 0;
  for (std::size_t i = 2; i < count; ++i)
    out[i] = M::template load<Access::kReadWord>(words[i], relaxed);  // ordered by P1, P2 before and P3 after
  M::template fence<Access::kReadFence>(std::memory_order_acquire);   // P3, pairs with kRecycleFence
  const std::uint64_t again =
      M::template load<Access::kReadRecheck>(words[chunk::kGeneration], relaxed);  // ordered by P3's fence
  if (!M::template recheck<Access::kReadRecheck>(again == generation)) return ChunkRead::kRecycled;
  if (!plausible) return ChunkRead::kBroken;
  out[chunk::kGeneration] = generation;
  out[chunk::kCommitted] = committed;
  *bytes = static_cast<std::size_t>(committed);
  return ChunkRead::kOk;
}

}  // namespace looptape::core
