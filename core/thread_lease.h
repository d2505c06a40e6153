// How a thread comes by its writer, keeps it in order and gives it back.
//
// Called by recording threads in their slow paths; lock-free, noexcept, allocates nothing of its own (a thread's
// first use may make the C library allocate the slot of a thread-specific key).
//
// Pairing table
//   P25 kAbandonedReset → kAbandonLook   who sees the next lease's mark sees the last one's stages taken off
//   P18 kAbandon → kTakeAbandoned   who pops an entry that another thread ended has its record committed before
#pragma once

#include <cstdint>

#include "core/chunk_switch.h"
#include "core/engine.h"
#include "looptape/core/writer.h"

namespace looptape::core {

// In slot::kAbandoned, beside the depths: the root of a request is among them.
inline constexpr std::uint64_t kAbandonedRoot = std::uint64_t{1} << 63;
// … and whether the lease is an odd one: a stage of an earlier tenant can no longer be marked.
inline constexpr std::uint64_t kAbandonedMark = std::uint64_t{1} << 62;

// The calling thread's writer for the running recording, leasing one if needed.  Null: no recording here, no slot.
Writer* own_writer(Engine& engine) noexcept;

// Sees to it that a thread that ends gives its writer back.  Ordinary threads, before an engine is announced: the
// request path then meets no lock.  A process that has used up its keys goes without; the next call tries again.
void park_at_thread_exit();

// Makes (request, parent) the thread's context and records that.
void set_context(Engine& engine, Writer& writer, std::uint64_t request, std::uint64_t parent_start,
                 std::uint64_t parent_stream) noexcept;

// Keeps the calling thread's name; own_writer gives it to the stream that the thread has or will get.
void keep_thread_name(const ThreadName& name) noexcept;

// Begun on this thread, and open: an earlier tenant of the slot had the same writer.  REQUIRES: its recording runs.
inline bool is_own(const StageToken& token) noexcept {
  const Writer& writer = *token.writer;
  return &writer == t_writer && token.depth() < writer.depth &&
         writer.open[2 * token.depth()].load(std::memory_order_relaxed) == token.start;  // own
}

// Takes closed entries off the top of the open stack, and those that another thread ended.
void trim_stack(Engine& engine, Writer& writer) noexcept;

}  // namespace looptape::core
