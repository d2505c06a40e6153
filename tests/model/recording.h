// A recording in the model check: a real engine over a small region, with as few chunks as the situation needs.
//
// Tests only.  What lies beneath core's own code here: modelled queues and stacks (lockfree/), a clock that counts.
#pragma once

#include <cstdint>

#include "core/engine.h"
#include "tests/model/interleaver.h"

namespace looptape::model {

inline std::uint64_t g_time = 0;  // clock.cpp

class Recording {
 public:
  struct Shape {
    unsigned threads = 2;
    std::uint32_t chunks = 4, reserve = 1;
    std::size_t chunk_bytes = 192;  // keyframe and a few records
    bool announced = true;
  };
  explicit Recording(const Shape& shape);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  core::Engine& engine() { return *engine_; }
  core::Region& region() { return engine_->region; }
  // A writer as a new thread gets one.
  core::Writer* lease();
  // As if the calling thread had not recorded yet.
  static void forget_writer();
  // Every execution finds writers and time as they are now.
  void keep(Interleaving& run);

 private:
  core::Engine* engine_;
};

// Copies the chunk that lies at `words`, whatever state it is in.
struct ChunkImage {
  core::ChunkRead read = core::ChunkRead::kEmpty;
  std::vector<std::uint64_t> words;

  std::uint64_t sequence() const { return words[core::chunk::kSequence]; }
  std::uint64_t stream() const { return words[core::chunk::kStream] & 0xffffffffu; }
  std::uint64_t first_record() const { return words[core::chunk::kRecords]; }
  // Calls visit(number, words of the record) for each record.  False: one does not end where the chunk does.
  template <class Visit>
  bool for_each(Visit visit) const {
    std::size_t at = core::keyframe_bytes(core::keyframe_depth(words[core::chunk::kDepth])) / core::kWordBytes;
    for (std::uint64_t number = first_record(); at < words.size(); ++number) {
      const std::size_t length = core::record_bytes(words[at]) / core::kWordBytes;
      if (length == 0 || at + length > words.size()) return false;
      visit(number, &words[at]);
      at += length;
    }
    return true;
  }
};
ChunkImage copy_chunk(const core::Word* words, std::size_t capacity);

}  // namespace looptape::model
