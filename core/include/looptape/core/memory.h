// The one door through which shared words are touched: every access names itself.
//
// Callable from any thread and from signal handlers; never blocks, never allocates.
//
// A *policy* supplies Word, load, store, fence, recheck and point.  Production uses StdMemory, whose
// labels cost nothing.  The model check substitutes a policy that records every access and can weaken
// one of them by its label; the kill test substitutes one whose point() kills the process.  So what is
// checked is this header's own text, never a copy of the protocol.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace looptape::core {

// Every access to memory that another thread or process may touch, by name.  A row of the pairing table
// (core/PROTOCOL.md) is a release-side label with its acquire-side label; "plain" words are ordered by
// those and carry kData.
enum class Access : std::uint8_t {
  // Chunk protocol, writer's side.
  kRecycleOdd,    // generation := odd, the chunk is being re-initialised
  kRecycleFence,  // release fence between the odd generation and the first new word
  kKeyframe,      // words of the keyframe, written while the generation is odd
  kRecycleEven,   // generation := even, the keyframe is whole
  kRecord,        // words of a record beyond the committed length
  kCommit,        // committed length
  kCloseTick,     // tick of the last record, written when a chunk is closed
  // Chunk protocol, reader's side.
  kReadGeneration,  // first look at the generation
  kReadCommitted,   // committed length
  kReadWord,        // keyframe and record words
  kReadFence,       // acquire fence between the last word and the second look
  kReadRecheck,     // second look at the generation
  // Open-stage stack, writer's side.
  kPushMeta,
  kPushStart,
  kPopStart,
  // Open-stage stack, reader's side.
  kReadStart,
  kReadMeta,
  kReadStartAgain,
  // In-flight table, writer's side.
  kFlightClear,  // number := 0 before an entry is reused
  kFlightFence,  // release fence between number := 0 and the first new word
  kFlightWord,
  kFlightPublish,  // number := n
  // In-flight table, reader's side.
  kReadNumber,
  kReadFlightWord,
  kReadFlightFence,
  kReadNumberAgain,
  // Names: append-only, published once.
  kNameWord,
  kNamePublish,
  kReadName,
  kReadNameWord,
  // A call site's id.
  kSitePublish,
  kReadSite,
  // The second clock anchor.
  kAnchorOdd,    // sequence := odd, the anchor is being written
  kAnchorFence,  // release fence between the odd sequence and the first new word
  kAnchorWord,
  kAnchorEven,  // sequence := even
  kReadAnchorSequence,
  kReadAnchorWord,
  kReadAnchorFence,
  kReadAnchorAgain,
  // A slot's current chunk and lease.
  kSlotChunk,
  kReadSlotChunk,
  // Words that carry no order of their own: what only its owner touches.
  kPlain,
  kCount
};

// A place after an observable side effect where a test can stop or kill the writer.  Empty in production.
enum class Point : std::uint8_t {
  kRecordHalfWritten,  // first word of a record written, the rest not
  kRecordUncommitted,  // all words of a record written, the length not committed
  kRecordCommitted,    // committed, the open stage not yet popped
  kStagePushedMeta,    // open-stack meta written, start not
  kStagePushed,        // open-stack entry published
  kChunkClosed,        // last words written, not yet in the queue of closed chunks
  kChunkPushed,        // in the queue of closed chunks, the slot still points to it
  kChunkQueued,        // in the queue of closed chunks, no open chunk
  kChunkTaken,         // the next one is off its queue, and as its last owner left it
  kChunkCharged,       // what it held is charged, and still readable
  kChunkOdd,           // generation odd, keyframe not written
  kChunkKeyframe,      // keyframe written, generation still odd
  kChunkEven,          // new chunk ready, the slot does not yet point to it
  kFlightFilled,       // in-flight entry written, not published
  kFlightPublished,
  kNameWritten,  // name text written, not published
  kCount
};

struct StdMemory {
  using Word = std::atomic<std::uint64_t>;

  template <Access>
  static std::uint64_t load(const Word& word, std::memory_order order) noexcept {
    return word.load(order);
  }
  template <Access>
  static void store(Word& word, std::uint64_t value, std::memory_order order) noexcept {
    word.store(value, order);
  }
  template <Access>
  static void fence(std::memory_order order) noexcept {
#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"  // TSan does not model fences; it still sees every plain access
#endif
    std::atomic_thread_fence(order);
#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic pop
#endif
  }
  // The outcome of a re-check.  A mutant that drops the re-check answers true.
  template <Access>
  static bool recheck(bool unchanged) noexcept {
    return unchanged;
  }
  template <Point>
  static void point() noexcept {}
};

static_assert(StdMemory::Word::is_always_lock_free, "64-bit atomics must be lock-free on this target");
static_assert(sizeof(StdMemory::Word) == 8, "a shared word is exactly eight bytes");

#ifdef LOOPTAPE_MEMORY_POLICY_HEADER
#include LOOPTAPE_MEMORY_POLICY_HEADER  // defines looptape::core::Memory (tests only)
#else
using Memory = StdMemory;
#endif
using Word = Memory::Word;

}  // namespace looptape::core
