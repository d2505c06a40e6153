// The fast path: what a thread does to record a stage, an event or an attribute.
//
// Callable from any ordinary thread, not from signal handlers (a handler would meet half-written records of
// the thread it interrupts).  Never blocks, allocates, throws or does I/O.  Everything that is not a plain
// "write two words, publish" is behind one branch in slow_path.cpp: the first event of a thread, a full chunk,
// a stage that failed or ends out of order, in another request or on another thread, recording switched off, a forked
// child.
//
// Invariants
//   1. A Writer is touched by the one thread that leased its slot.  Other threads store zero to its two limits, and
//      read what never changes once the writer is there: `open`, `stream`, `tsc`, `epoch`.
//   2. Writers lie on private pages that a fork fills with zeros: zero limit and zero max_depth lead into the
//      slow path, so a child never writes to its parent's region.
//   3. used <= limit, or limit is 0; used is a multiple of a word; records end at or before the chunk's end.
//   4. A record is committed before its stage is popped (P2 before P6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "looptape/core/chunk.h"
#include "looptape/core/clock.h"
#include "looptape/core/export.h"
#include "looptape/core/layout.h"
#include "looptape/core/memory.h"
#include "looptape/core/open_stack.h"
#include "looptape/core/site.h"

namespace looptape::core {

struct EndedScopes;

// A thread's private state.  Hot fields first.
struct alignas(64) Writer {
  Word* chunk;                      // open chunk
  std::size_t used;                 // bytes of it
  Atomic<std::size_t> limit;        // bytes it can hold; 0 = take the slow path
  std::uint64_t base;               // its base tick
  std::uint64_t last_start;         // starts grow strictly
  std::uint64_t request;            // current request; 0 = none
  Word* open;                       // the slot's open stack
  std::uint32_t depth;              // entries of it in use
  Atomic<std::uint32_t> max_depth;  // 0 = take the slow path
  // second cache line
  const unsigned* uncaught;  // this thread's count of exceptions in flight
  std::uint64_t beyond;      // bytes this stream wrote, ever, beyond 16 of each record
  std::uint32_t holes;       // nonzero: closed entries lie below the top of the stack
  std::uint32_t tsc;         // ticks come from the counter, not from monotonic_ns()
  std::uint64_t stream;
  // cold
  std::uint64_t parent_start, parent_stream;     // the adopted context's parent stage
  std::uint64_t trace_high, trace_low;           // of the current request
  std::uint64_t sequence, bytes, previous_last;  // bytes: of records, in chunks before the open one
  std::uint64_t epoch;                           // of the recorder this lease belongs to; 0 = none
  std::uint64_t random;                          // state of this thread's id generator
  std::size_t first;                             // where the records of the open chunk begin; 0 = there is none
  std::uint32_t chunk_index, retry;              // retry: slow calls to skip before trying for a chunk again
  std::uint32_t trace_flags;                     // W3C flags of the current request's trace
  // Which request or adopted context is the current one (0 = none), how many there were, and how many of them are
  // never put back; see context_scope.h.
  std::uint64_t scope, scopes, scope_floor;
  EndedScopes* ended;
};

// Records that its stream has written, ever.  The fast path does not count them: all but the long ones are 16 bytes.
inline std::uint64_t written_records(const Writer& writer) noexcept {
  const std::uint64_t open = writer.used - writer.first;
  return (writer.bytes + open - writer.beyond) / 16;
}

// This thread's writer; never null: before its first event it is the inert one, whose limits are zero.
// Initial-exec: one instruction, usable in plug-ins, no wrapper call.
extern LOOPTAPE_API __thread Writer* t_writer __attribute__((tls_model("initial-exec")));

// Zero while no recorder runs or recording is switched off: the cheap way out of the slow branch.
extern LOOPTAPE_API Atomic<std::uint32_t> g_recording;

// A stage that has begun: lives in the application's scope object.  No field is a byte: a store to one could be a store
// to anything, and the compiler would read the writer again.
struct StageToken {
  Writer* writer = nullptr;  // null: not recorded
  std::uint64_t start = 0;
  std::uint64_t request = 0;
  std::uint32_t state = 0;  // exceptions in flight at its begin [0..23], Status [24..31]
  std::uint16_t word = 0;   // the low bits of its stage_word: depth, attributes so far, StageFlags
  std::uint16_t site = 0;

  unsigned depth() const noexcept { return stage_depth(word); }
  unsigned attributes() const noexcept { return stage_attributes(word); }
  unsigned status() const noexcept { return state >> 24; }
  // The last call wins.
  void fail(Status status) noexcept { state = (state & kExceptions) | static_cast<std::uint32_t>(status) << 24; }
  // Saturates: kManyAttributes means "at least as many".
  void count_attribute() noexcept {
    word = static_cast<std::uint16_t>(word + (attributes() < kManyAttributes ? kOneAttribute : 0));
  }
  static constexpr std::uint32_t kExceptions = 0xffffff;
};

// Slow path (slow_path.cpp, attributes.cpp).  All noexcept, drop and count.
LOOPTAPE_API Writer* enter_begin() noexcept;  // a writer with room for one more open stage, or null
// Records the end of a stage where the short record does not do, or finds that its thread or recording is gone.
LOOPTAPE_API void finish_slow(const StageToken& token, std::uint64_t now) noexcept;
LOOPTAPE_API void event_slow(std::uint64_t head, std::uint64_t value) noexcept;  // head without its time
// A number, and a text, of a stage that has begun (REQUIRES: token.writer is not null); `key` as a site, or its id.
// Calls, because code in a server is cold more often than not: two attributes inline made a scope's code half as long
// again, and sites beyond the first-level cache up to 1.6 times as slow.
LOOPTAPE_API void attribute_number(StageToken& token, Site& key, ValueType type, std::uint64_t value) noexcept;
LOOPTAPE_API void attribute_number(StageToken& token, std::uint16_t key, ValueType type, std::uint64_t value) noexcept;
LOOPTAPE_API void attribute_text(StageToken& token, Site& key, std::string_view text) noexcept;
LOOPTAPE_API void attribute_text(StageToken& token, std::uint16_t key, std::string_view text) noexcept;

[[gnu::always_inline]] inline std::uint64_t read_clock(const Writer& writer) noexcept {
  return writer.tsc != 0 ? read_counter() : monotonic_ns();
}

// Publishes a record of two words at writer.used.  REQUIRES room.
template <class M>
[[gnu::always_inline]] inline void put_record(Writer& writer, std::uint64_t w0, std::uint64_t w1) noexcept {
  const std::size_t at = writer.used;
  if (at % kWordBytes != 0) __builtin_unreachable();  // invariant 3
  typename M::Word* const words = writer.chunk + at / kWordBytes;
  M::template store<Access::kRecord>(words[0], w0, std::memory_order_relaxed);  // published by P2
  M::template point<Point::kRecordHalfWritten>();
  M::template store<Access::kRecord>(words[1], w1, std::memory_order_relaxed);  // published by P2
  M::template point<Point::kRecordUncommitted>();
  writer.used = at + 16;
  commit_chunk<M>(writer.chunk, at + 16);
  M::template point<Point::kRecordCommitted>();
}

// Pushes a stage that begins at `now`.  REQUIRES writer.depth < kMaxDepth.
template <class M>
[[gnu::always_inline]] inline StageToken open_stage(Writer& writer, std::uint16_t site, std::uint64_t now,
                                                    StageFlags flags = StageFlags{}) noexcept {
  const std::uint64_t next = writer.last_start + 1;
  const std::uint64_t start = now > next ? now : next;
  const std::uint32_t depth = writer.depth;
  const std::uint64_t request = writer.request;
  const std::uint32_t state = *writer.uncaught;
  writer.last_start = start;
  writer.depth = depth + 1;
  push_open<M>(writer.open + 2 * depth, start, open_meta(request, site));
  return {&writer, start, request, state, static_cast<std::uint16_t>(stage_word(depth, 0, flags, 0)), site};
}

// Ends the stage at `now` when nothing is unusual about it; false: finish_slow must.  Looks at the calling thread's own
// writer alone: another's belongs to another thread, which is writing it.
template <class M>
[[gnu::always_inline]] inline bool finish_fast(const StageToken& token, std::uint64_t now) noexcept {
  Writer& writer = *t_writer;
  if (writer.used + 16 > writer.limit.load(std::memory_order_relaxed)) [[unlikely]]  // only ever zeroed by others
    return false;
  const std::uint64_t end = now > token.start ? now : token.start;
  const std::uint64_t time = end - writer.base;
  const std::uint64_t duration = end - token.start;
  const unsigned depth = token.depth();
  // Zero when this is the thread and the request it began in, it is open and on top, has not failed, no exception
  // leaves it, and its times fit.  Its start tells it from a stage of the slot's next tenant, who has the same writer.
  typename M::Word* const entry = writer.open + 2 * depth;
  const std::uint64_t unusual =
      (reinterpret_cast<std::uintptr_t>(token.writer) ^ reinterpret_cast<std::uintptr_t>(&writer)) |
      (M::template load<Access::kPlain>(entry[0], std::memory_order_relaxed) ^ token.start) |  // own
      (token.request ^ writer.request) | ((depth + 1 + writer.holes) ^ writer.depth) |
      (token.state ^ *writer.uncaught) | (time | duration >> (kDurationBits - kTimeBits)) >> kTimeBits;
  if (unusual != 0) [[unlikely]]
    return false;
  put_record<M>(writer, record_head(RecordType::kStage, 0, token.site, time), token.word | duration << 16);
  pop_open<M>(entry);
  writer.depth = depth;
  return true;
}

// True when a stage may begin on the returned writer; null otherwise.
[[gnu::always_inline]] inline Writer* begin_gate() noexcept {
  Writer* writer = t_writer;
  if (writer->depth >= writer->max_depth.load(std::memory_order_relaxed)) [[unlikely]] {  // only zeroed by others
    if (g_recording.load(std::memory_order_relaxed) == 0) return nullptr;  // a hint: the slow path looks again
    writer = enter_begin();
  }
  return writer;
}

// Records an instant: event, counter or gauge.  `head` has no time yet.
template <class M>
[[gnu::always_inline]] inline void put_event(std::uint64_t head, std::uint64_t value) noexcept {
  Writer* const writer = t_writer;
  if (writer->used + 16 <= writer->limit.load(std::memory_order_relaxed)) [[likely]] {  // only zeroed by others
    const std::uint64_t time = read_clock(*writer) - writer->base;
    if (time >> kTimeBits == 0) [[likely]] {
      put_record<M>(*writer, head | time << 24, value);
      return;
    }
  } else if (g_recording.load(std::memory_order_relaxed) == 0) {  // a hint: the slow path looks again
    return;
  }
  event_slow(head, value);
}

}  // namespace looptape::core
