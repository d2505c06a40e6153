// Rows into the columns of one message: the part of the tape writer that knows the schema.
//
// For tape_writer.cpp only; one thread; throws kj exceptions, which the writer stops.
#pragma once

#include <cstdint>
#include <vector>

#include "dump/rows.h"
#include "dump/schema/tape.capnp.h"
#include "dump/tape_format.h"

namespace looptape::dump::tape {

inline constexpr std::size_t kMaxTextBytes = std::size_t{3} << 20;  // of the attributes of one message
inline constexpr std::size_t kMaxFieldBytes = 4096;                 // of any single text elsewhere

// Items [begin, end) of a list.
struct Range {
  std::size_t begin = 0, end = 0;
  std::size_t size() const { return end - begin; }
};

// What part of a block goes into one message.
struct BlockSlice {
  Range stages, attributes, points;
  bool renumber = false;  // contexts: only those the rows use, in the order of first use
  std::size_t rows() const { return stages.size() + attributes.size() + points.size(); }
};

// What of an opening or closing goes into one message.
struct OpeningSlice {
  Range names, stages, requests;
};

// Ticks of a message's rows: the ends of stages and the instants of points.
struct TickRange {
  std::uint64_t first = 0, last = 0;
  bool any = false;
  void add(std::uint64_t tick) {
    if (!any || tick < first) first = tick;
    if (!any || tick > last) last = tick;
    any = true;
  }
};

// Fills everything of `to` that rows decide; returns their ticks.
class BlockEncoder {
 public:
  void set_names(std::size_t count) { names_ = count; }
  TickRange encode(const Block& block, const BlockSlice& slice, schema::Block::Builder to);
  std::uint64_t repaired() const { return repaired_; }

 private:
  void encode_stages(const Block& block, Range range, schema::StageColumns::Builder to, TickRange& ticks);
  void encode_attributes(const Block& block, Range range, schema::Block::Builder block_to);
  void encode_points(const Block& block, Range range, schema::PointColumns::Builder to, TickRange& ticks);
  std::uint16_t name(std::uint16_t site) {
    if (site < names_) [[likely]]
      return site;
    ++repaired_;
    return core::kNoName;
  }
  std::uint16_t context(std::uint32_t index);

  std::size_t names_ = 1;
  std::uint64_t repaired_ = 0;
  std::size_t contexts_ = 0;  // in the block
  bool renumber_ = false;
  std::vector<std::uint32_t> renumbered_;  // by index in the block: 1 + index in the message, 0 = none
  std::vector<std::uint32_t> used_;        // by index in the message: index in the block
};

// One part of an opening.  `first`: it carries the process, the trigger and the counters too.  `repaired` grows by the
// texts that were cut to what a field may hold.
void encode_opening(const Opening& opening, const OpeningSlice& slice, bool first, schema::Opening::Builder to,
                    std::uint64_t& repaired);
// The given stretches of a stream's lists.  `continued`: an entry before it has the stretches before them.
void encode_stream(const Stream& stream, Range owners, Range gaps, bool continued, schema::Stream::Builder to,
                   std::uint64_t& repaired);

}  // namespace looptape::dump::tape
