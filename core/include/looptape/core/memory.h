// The one door through which shared words are touched: every access names itself.
//
// Callable from any thread and from signal handlers; never blocks, never allocates.
//
// A *policy* supplies Atomic, Plain, Word, load, store, exchange, compare_exchange, fence, recheck and
// point.  Production uses StdMemory, whose labels cost nothing.  The model check substitutes a policy that records
// every access and can weaken one of them by its label; the kill test substitutes one whose point() kills the process.
// So what is checked is this header's own text, never a copy of the protocol.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace looptape::core {

// Every access to memory that another thread or process may touch, by name.  A row of the pairing table
// (core/PROTOCOL.md) is a release-side label with its acquire-side label; "plain" words are ordered by
// those and carry a label without a row (kRecord, kKeyframe, …), or kPlain.
enum class Access : std::uint8_t {
  // Chunk protocol, writer's side.
  kRecycleOdd,    // generation := odd, the chunk is being re-initialised
  kRecycleFence,  // release fence between the odd generation and the first new word
  kKeyframe,      // words of the keyframe, written while the generation is odd
  kRecycleEven,   // generation := even, the keyframe is whole
  kRecord,        // words of a record beyond the committed length
  kCommit,        // committed length
  kCloseTick,     // tick of the close and count of records, written when a chunk is closed
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
  // The registry of names, and the region it keeps in step.
  kBucketClaim,  // bucket := entry, by exchange
  kBucketFind,
  kBindRegion,
  kBoundRegion,
  kBindFence,   // seq_cst, between the region's binding and the look at the entries that are there
  kShownFence,  // seq_cst, between an entry's place in the table and the look for a region
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
  kSlotLeased,
  kSlotParked,
  kSlotReclaimed,
  kReadSlotState,
  kLeaseBegin,
  kReclaimLook,
  // Stages that another thread ended.
  kAbandonedReset,  // a new tenant's mark, no stages
  kAbandonLook,     // before the look at the stage
  kAbandon,         // the stage's bit := 1, by exchange
  kTakeAbandoned,
  // The engine.
  kEngineAnnounce,
  kEngineCurrent,
  kPauseFence,   // seq_cst, between "recording is off" and the writers' limits := 0
  kStopFence,    // the same of an engine that ends
  kReopenFence,  // seq_cst, between a writer's limits and its second look at whether recording is on
  kRecorderTake,
  kRecorderGone,
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
  template <class T>
  using Atomic = std::atomic<T>;
  // What is no shared word, and is handed over by a pair: the model check sees to it that it is.
  template <class T>
  using Plain = T;
  using Word = Atomic<std::uint64_t>;

  template <Access, class T>
  static T load(const Atomic<T>& word, std::memory_order order) noexcept {
    return word.load(order);
  }
  template <Access, class T>
  static void store(Atomic<T>& word, std::type_identity_t<T> value, std::memory_order order) noexcept {
    word.store(value, order);
  }
  template <Access, class T>
  static T exchange(Atomic<T>& word, std::type_identity_t<T> value, std::memory_order order) noexcept {
    return word.exchange(value, order);
  }
  // Strong; one that fails acquires as far as `order` does.
  template <Access, class T>
  static bool compare_exchange(Atomic<T>& word, std::type_identity_t<T>& expected, std::type_identity_t<T> desired,
                               std::memory_order order) noexcept {
    return word.compare_exchange_strong(expected, desired, order);
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
template <class T>
using Atomic = Memory::Atomic<T>;
template <class T>
using Plain = Memory::Plain<T>;
using Word = Atomic<std::uint64_t>;

}  // namespace looptape::core
