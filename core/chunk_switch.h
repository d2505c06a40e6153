// Where a stream's next record goes: into its open chunk, or into the next one, charged for what that destroys.
//
// Called by recording threads in their slow paths, for their own writer; lock-free, noexcept, allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/engine.h"
#include "looptape/core/writer.h"

namespace looptape::core {

// The time of a record in the open chunk; 0 when the chunk was taken after the clock had been read.
inline std::uint64_t since_base(const Writer& writer, std::uint64_t now) noexcept {
  return now > writer.base ? now - writer.base : 0;
}

// Room for a record of `bytes` whose time is `now`: switches chunks when the open one is full, too old, or gone.
// False: no chunk is to be had (the record is counted as dropped).
bool ensure_room(Engine& engine, Writer& writer, std::size_t bytes, std::uint64_t now) noexcept;

// Opens the fast path again after recording was switched on.
void restore_limits(Engine& engine, Writer& writer) noexcept;

// Writes a record of `count` words.  REQUIRES room.
void put_words(Writer& writer, const std::uint64_t* words, std::size_t count) noexcept;

}  // namespace looptape::core
