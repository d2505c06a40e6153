// Copies of chunks in memory of their own: what a snapshot or a reader from outside took out of a region.
//
// For one thread at a time; never touches a region.  All copies of one snapshot lie in one piece of staging memory,
// with a list of places.  It outlives the snapshot when its owner keeps it for the next one.  The bytes are as they
// were found: whoever reads them trusts nothing in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "dump/staging.h"
#include "looptape/core/layout.h"

namespace looptape::dump {

// One copy: the first `bytes` of a chunk, keyframe included, taken under one even generation.
struct ChunkCopy {
  std::uint64_t offset = 0;  // of the chunk in the region, for messages
  std::uint64_t at = 0;      // first byte in the staging memory
  std::uint64_t bytes = 0;   // copied: the committed length
  std::uint64_t closed = 0;  // tick of its close; 0: it was open
};

// A chunk that changed while it was being read; what is known of its former content.
struct RecycledChunk {
  std::uint16_t stream = 0;
  std::uint64_t sequence = 0;
};

// The copies of one snapshot, in any order.  No more than there is room for: a further one takes the place of the chunk
// that was closed longest ago, as it would in the region.
class ChunkCopies {
 public:
  // Room for `count` copies of chunks of at most `chunk_bytes`, and for one that is being made.  False: no memory; then
  // there is no room at all.  (Of the lists of them alone std::bad_alloc.)
  [[nodiscard]] bool reserve(std::size_t count, std::size_t chunk_bytes);
  // The staging memory that takes.
  static std::size_t bytes_for(std::size_t count, std::size_t chunk_bytes);
  // The memory of an earlier snapshot, to be used by reserve(); and back.
  void adopt(Staging&& staging) { staging_ = std::move(staging); }
  Staging release() && { return std::move(staging_); }
  // Room for a copy of `bytes`; fill it, then keep() it, or begin another one.  Empty: no room.
  [[nodiscard]] std::span<std::uint64_t> begin(std::size_t bytes);
  // The copy just begun holds `committed` good bytes of the chunk at `offset` of the region.  Returns its number.
  // `before`: number of an earlier copy, which this one replaces if it is of the same chunk and generation.  kNone: it
  // was not kept, because it was closed before all that are, or nothing that is kept is closed.
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t keep(std::uint64_t offset, std::size_t committed, std::size_t before = kNone);
  // The chunk was recycled under the reader's hands.
  void recycled(RecycledChunk chunk) { recycled_.push_back(chunk); }

  std::span<const ChunkCopy> copies() const { return copies_; }
  std::span<const RecycledChunk> recycled() const { return recycled_; }
  // The words of a copy.
  std::span<const std::uint64_t> words(const ChunkCopy& copy) const {
    return {staging_.words() + copy.at / core::kWordBytes, copy.bytes / core::kWordBytes};
  }
  // Forgets the copies for which `unwanted(words)` holds, once no more are made; their room stays taken.
  template <class Predicate>
  void forget_if(Predicate unwanted) {
    std::erase_if(copies_, [&](const ChunkCopy& copy) { return unwanted(words(copy)); });
  }
  // How many copies there is room for.
  std::size_t capacity() const { return capacity_; }
  // Of all copies together.
  std::size_t copied_bytes() const;
  std::size_t resident_bytes() const { return staging_.resident(); }

 private:
  bool same_life(const ChunkCopy& copy, std::uint64_t offset) const;

  Staging staging_;
  std::size_t cell_bytes_ = 0, capacity_ = 0;
  std::size_t begun_ = 0;  // first byte of the cell that is in nobody's use
  std::vector<ChunkCopy> copies_;
  std::vector<RecycledChunk> recycled_;
  std::vector<std::pair<std::uint64_t, std::size_t>>
      closed_;  // tick and number of each closed one: a heap, oldest first
};

}  // namespace looptape::dump
