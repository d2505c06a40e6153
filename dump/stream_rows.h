// Makes rows from the checked chunks of one stream.  Part of the assembler; not for others.
//
// One thread.  REQUIRES chunks that a survey has checked: nothing is looked at twice here.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dump/region_survey.h"
#include "dump/rows.h"

namespace looptape::dump {

// Of the attributes that were set from elsewhere (sorted), how many are this stage's.
std::size_t count_elsewhere(std::span<const StageIdentity> elsewhere, const StageIdentity& stage);

// A stage that left the thread that began it: what the rows of its origin know of it.
struct DetachedStage {
  StageIdentity identity;
  Context context;
  std::uint32_t taken = 0;  // attributes that its origin delivered
  std::uint8_t depth = 0;   // on its origin; the end, elsewhere, may not know it
};

// A stage that ended away from its origin; its row waits until all streams have been read.
struct StageElsewhere {
  StageRow row;                // without context and lost attributes
  std::uint16_t stream = 0;    // that recorded the end
  std::uint64_t sequence = 0;  // of the chunk it stands in
  std::uint64_t request = 0;
};

// What streams leave for each other.
struct CrossStream {
  std::vector<DetachedStage> detached;
  std::vector<StageElsewhere> ended;
};

// Attributes that are missing of the `counted` ones; at least so many when that means "63 or more".
constexpr unsigned lost_attributes(unsigned counted, std::size_t taken) {
  return taken >= counted ? 0 : counted - static_cast<unsigned>(taken);
}

class StreamRows {
 public:
  // `elsewhere`: the stages of all attributes that were set from elsewhere, sorted.
  StreamRows(const SurveyedStream& stream, std::span<const StageIdentity> elsewhere, CrossStream& cross,
             Closing& totals)
      : stream_(stream), elsewhere_(elsewhere), cross_(cross), totals_(totals) {}

  // Delivers the stream's blocks, reusing `block`.
  void deliver(Block& block, Sink& sink);
  std::vector<Owner> owners() && { return std::move(owners_); }

 private:
  void enter(const CheckedChunk& chunk, Block& block);  // the context and owner its keyframe tells
  void read(const CheckedChunk& chunk, Block& block);
  void read_other(const std::uint64_t* w, Block& block);
  void read_long(const std::uint64_t* w, Block& block);
  void read_detach(const std::uint64_t* w, Block& block);
  void wait(const std::uint64_t* w, Block& block);
  unsigned take(unsigned depth, unsigned counted, std::uint64_t start, Block& block);
  unsigned finish(unsigned depth, unsigned counted, std::uint64_t start, Block& block);
  void add_attribute(const std::uint64_t* w, const std::uint64_t* text, StageIdentity stage, std::uint64_t request,
                     Block& block);
  void keep_over_gap(const CheckedChunk& before, const CheckedChunk& next);
  void deliver_to_open_stages(Block& block);
  void own(Owner owner, const std::uint64_t* name);
  std::uint32_t index_of(const Context& context, Block& block);
  void forget_waiting(unsigned depth);
  void forget_all_waiting();

  const SurveyedStream& stream_;
  const std::span<const StageIdentity> elsewhere_;
  CrossStream& cross_;
  Closing& totals_;
  std::vector<Owner> owners_;
  std::array<std::vector<const std::uint64_t*>, core::kMaxDepth> waiting_;  // attribute records by depth
  std::uint64_t waiting_mask_ = 0;                                          // bit d: waiting_[d] is not empty
  Context context_;
  std::uint32_t context_index_ = 0;
  std::uint64_t base_ = 0, last_end_ = 0, sequence_ = 0;
};

}  // namespace looptape::dump
