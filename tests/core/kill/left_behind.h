// The region of a killed process, word by word, without any of the code that is tested beside it.
//
// One thread; throws when the file cannot be read.  Layout constants come from layout.h, all judgement is the test's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "looptape/core/layout.h"
#include "tests/core/kill/kill_run.h"

namespace looptape::testing {

using Words = std::span<const std::uint64_t>;

// A chunk that is whole: its generation is even.
struct LeftChunk {
  Words words;
  std::uint64_t word(std::size_t index) const { return words[index]; }
  std::uint64_t sequence() const { return words[core::chunk::kSequence]; }
  std::uint64_t before() const { return words[core::chunk::kRecords]; }  // records of the stream before it
  std::uint64_t lives() const { return words[core::chunk::kGeneration] / 2; }
  std::uint64_t records = 0;  // in it
};

// One thread's stream.
struct LeftStream {
  std::uint16_t id = 0;
  std::size_t thread = 0;
  Words slot;                     // empty: the thread had no lease yet
  std::vector<LeftChunk> chunks;  // that are whole, by sequence
  std::uint64_t done = 0, begun = 0;

  std::uint64_t slot_word(std::size_t index) const { return slot.empty() ? 0 : slot[index]; }
  std::uint64_t last_whole() const { return chunks.empty() ? 0 : chunks.back().sequence(); }
  // Chunks it ever began; the slot learns of the newest only when that is whole.
  std::uint64_t chunks_begun() const { return std::max(last_whole(), slot_word(core::slot::kSequence)); }
  // Records it ever wrote: told by its newest chunk, or by the slot when that one was closed and overwritten.
  std::uint64_t written() const {
    if (chunks_begun() != 0 && last_whole() == chunks_begun()) return chunks.back().before() + chunks.back().records;
    return slot_word(core::slot::kClosedRecords);
  }
  std::uint64_t present() const {
    std::uint64_t sum = 0;
    for (const LeftChunk& chunk : chunks) sum += chunk.records;
    return sum;
  }
  // Numbers, from 1, of the records that are there, by stretches without a gap: [first, last].
  struct Stretch {
    std::uint64_t first = 0, last = 0;
  };
  std::vector<Stretch> stretches() const;
};

class LeftBehind {
 public:
  LeftBehind(const std::string& path, const Shared& shared);

  std::uint64_t header(std::size_t index) const { return words_[index]; }
  std::uint64_t chunk_count() const { return header(core::header::kPools + 1); }
  std::uint64_t reserve() const { return header(core::header::kPools + 3); }
  Words chunk(std::uint64_t index) const;
  Words slot(std::uint64_t index) const;
  Words flight(std::uint64_t index) const;
  Words name(std::uint64_t index) const;
  std::string name_text(std::uint64_t index) const;  // empty: not published

  std::vector<LeftStream> streams;  // of the threads, in their order
  std::uint64_t untouched = 0;      // chunks that were never used
  std::uint64_t odd = 0;            // being recycled
  std::uint64_t lives = 0;          // of all chunks, begun ones included
  bool turned_over = false;         // a chunk was begun for the second time
  std::string problem;              // a chunk of nobody

 private:
  void find_streams(const Shared& shared);
  void sort_chunks();
  std::vector<std::uint64_t> words_;
};

// The words of the n-th record of a stream, compared; empty: it is the one.
std::string compare_record(const LeftBehind& left, Words record, std::uint64_t n);

}  // namespace looptape::testing
