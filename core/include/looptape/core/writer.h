// The fast path: what a thread does to record a stage, an event or an attribute.
//
// Callable from any ordinary thread, not from signal handlers (a handler would meet half-written records of
// the thread it interrupts).  Never blocks, allocates, throws or does I/O.  Everything that is not a plain
// "write two words, publish" is behind one branch in slow_path.cpp: the first event of a thread, a full chunk,
// a stage that ends out of order, in another request or on another thread, recording switched off, a forked
// child.
//
// Invariants
//   1. A Writer is touched by the one thread that leased its slot; other threads only store `limit` and
//      `max_depth`, and only zero.
//   2. Writers lie on private pages that a fork fills with zeros: zero limit and zero max_depth lead into the
//      slow path, so a child never writes to its parent's region.
//   3. used <= limit, or limit is 0; records end at or before the chunk's end.
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
  std::uint64_t records;     // written by this stream, ever
  const unsigned* uncaught;  // this thread's count of exceptions in flight
  std::uint32_t holes;       // nonzero: closed entries lie below the top of the stack
  std::uint32_t tsc;         // ticks come from the counter, not from monotonic_ns()
  std::uint64_t stream;
  // cold
  std::uint64_t parent_start, parent_stream;  // the adopted context's parent stage
  std::uint64_t trace_high, trace_low;        // of the current request
  std::uint64_t sequence, bytes, previous_last;
  std::uint64_t epoch;               // of the recorder this lease belongs to; 0 = none
  std::uint64_t random;              // state of this thread's id generator
  std::uint32_t chunk_index, retry;  // retry: slow calls to skip before trying for a chunk again
  std::uint32_t trace_flags;         // W3C flags of the current request's trace
  // Which request or adopted context is the current one (0 = none), how many there were, and how many of them are
  // never put back; see context_scope.h.
  std::uint64_t scope, scopes, scope_floor;
  EndedScopes* ended;
};

// This thread's writer; never null: before its first event it is the inert one, whose limits are zero.
// Initial-exec: one instruction, usable in plug-ins, no wrapper call.
extern LOOPTAPE_API __thread Writer* t_writer __attribute__((tls_model("initial-exec")));

// Zero while no recorder runs or recording is switched off: the cheap way out of the slow branch.
extern LOOPTAPE_API Atomic<std::uint32_t> g_recording;

// A stage that has begun: lives in the application's scope object.
struct StageToken {
  Writer* writer = nullptr;  // null: not recorded
  std::uint64_t start = 0;
  std::uint64_t request = 0;
  std::uint32_t uncaught = 0;
  std::uint8_t depth = 0;
  std::uint8_t status = 0;      // Status
  std::uint8_t attributes = 0;  // at most kManyAttributes
  std::uint8_t flags = 0;       // StageFlags
};

// Slow path (slow_path.cpp).  All noexcept, drop and count.
LOOPTAPE_API Writer* enter_begin() noexcept;  // a writer with room for one more open stage, or null
LOOPTAPE_API Writer* enter_record(std::size_t bytes, std::uint64_t now) noexcept;  // one with room for a record
// Records the end of a stage where the short record does not do, or finds that its thread or recording is gone.
LOOPTAPE_API void finish_slow(StageToken& token, std::uint16_t site, std::uint64_t now) noexcept;
LOOPTAPE_API void event_slow(std::uint64_t head, std::uint64_t value) noexcept;  // head without its time
// A number, and a text, of a stage that is open on this thread.
LOOPTAPE_API void attribute_slow(StageToken& token, std::uint64_t head, std::uint64_t value) noexcept;
LOOPTAPE_API void attribute_text(StageToken& token, std::uint16_t key, std::string_view text) noexcept;

[[gnu::always_inline]] inline std::uint64_t read_clock(const Writer& writer) noexcept {
  return writer.tsc != 0 ? read_counter() : monotonic_ns();
}

// Publishes a record of two words at writer.used.  REQUIRES room.
template <class M>
[[gnu::always_inline]] inline void put_record(Writer& writer, std::uint64_t w0, std::uint64_t w1) noexcept {
  const std::size_t at = writer.used;
  typename M::Word* const words = writer.chunk + at / kWordBytes;
  M::template store<Access::kRecord>(words[0], w0, std::memory_order_relaxed);  // published by P2
  M::template point<Point::kRecordHalfWritten>();
  M::template store<Access::kRecord>(words[1], w1, std::memory_order_relaxed);  // published by P2
  M::template point<Point::kRecordUncommitted>();
  writer.used = at + 16;
  writer.records += 1;
  commit_chunk<M>(writer.chunk, at + 16);
  M::template point<Point::kRecordCommitted>();
}

// Pushes a stage that begins at `now`.  REQUIRES writer.depth < kMaxDepth.
template <class M>
[[gnu::always_inline]] inline void open_stage(Writer& writer, StageToken& token, std::uint16_t site,
                                              std::uint64_t now) noexcept {
  const std::uint64_t next = writer.last_start + 1;
  const std::uint64_t start = now > next ? now : next;
  const std::uint32_t depth = writer.depth;
  writer.last_start = start;
  writer.depth = depth + 1;
  token.writer = &writer;
  token.start = start;
  token.request = writer.request;
  token.uncaught = *writer.uncaught;
  token.depth = static_cast<std::uint8_t>(depth);
  token.status = 0;
  token.attributes = 0;
  push_open<M>(writer.open + 2 * depth, start, open_meta(writer.request, site));
}

// Ends the stage that `began` began, at `now`, when nothing is unusual about it; false: finish_slow must.  Looks at the
// calling thread's own writer alone: another's belongs to another thread, which is writing it.
template <class M>
[[gnu::always_inline]] inline bool finish_fast(const Writer& began, StageToken& token, std::uint16_t site,
                                               std::uint64_t now) noexcept {
  Writer& writer = *t_writer;
  const std::uint64_t end = now > token.start ? now : token.start;
  const std::uint64_t time = end - writer.base;
  const std::uint64_t duration = end - token.start;
  const bool room = writer.used + 16 <= writer.limit.load(std::memory_order_relaxed);  // only ever zeroed by others
  const bool fits = ((time >> kTimeBits) | (duration >> kDurationBits)) == 0;
  const bool top = token.depth + 1u + writer.holes == writer.depth;
  const bool same = (token.request == writer.request) & (&began == &writer);
  if (!(room & fits & top & same)) [[unlikely]]
    return false;
  unsigned status = token.status;
  if (token.uncaught != *writer.uncaught && status == 0) status = static_cast<unsigned>(Status::kException);
  put_record<M>(writer, record_head(RecordType::kStage, status, site, time),
                stage_word(token.depth, token.attributes, token.flags, duration));
  pop_open<M>(writer.open + 2 * token.depth);
  writer.depth = token.depth;
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

// Adds a number to an open stage.
template <class M>
[[gnu::always_inline]] inline void put_attribute(StageToken& token, std::uint16_t key, ValueType type,
                                                 std::uint64_t value) noexcept {
  if (token.writer == nullptr) return;
  Writer* const writer = t_writer;  // another's would be written by its own thread meanwhile
  const std::uint64_t head = attribute_head(RecordType::kAttribute, type, key, token.depth, 0);
  const bool room = writer->used + 16 <= writer->limit.load(std::memory_order_relaxed);  // only zeroed by others
  if (!(room & (writer == token.writer))) [[unlikely]] {
    attribute_slow(token, head, value);
    return;
  }
  token.attributes = static_cast<std::uint8_t>(token.attributes + (token.attributes < kManyAttributes));
  put_record<M>(*writer, head, value);
}

}  // namespace looptape::core
