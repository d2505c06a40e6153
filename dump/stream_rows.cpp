// The rows of one stream, chunk by chunk: see stream_rows.h.
#include "dump/stream_rows.h"

#include <algorithm>

#include "dump/region_copy.h"

namespace looptape::dump {
namespace {

namespace chunk = core::chunk;
using core::RecordType;

}  // namespace

std::size_t count_elsewhere(std::span<const StageIdentity> elsewhere, const StageIdentity& stage) {
  const auto [from, to] = std::equal_range(elsewhere.begin(), elsewhere.end(), stage);
  return static_cast<std::size_t>(to - from);
}

void StreamRows::deliver(Block& block, Sink& sink) {
  for (std::size_t i = 0; i < stream_.chunks.size(); ++i) {
    block.clear();
    block.stream = stream_.id;
    if (i > 0 && stream_.chunks[i].gap) keep_over_gap(stream_.chunks[i - 1], stream_.chunks[i]);
    enter(stream_.chunks[i], block);
    read(stream_.chunks[i], block);
    if (i + 1 == stream_.chunks.size()) deliver_to_open_stages(block);
    totals_.stages += block.stages.size();
    totals_.attributes += block.attributes.size();
    totals_.points += block.points.size();
    sink.block(block);
  }
}

void StreamRows::enter(const CheckedChunk& next, Block& block) {
  base_ = last_end_ = next.word(chunk::kBase);
  sequence_ = block.sequence = next.sequence();
  own({base_,
       next.word(chunk::kTid),
       core::keyframe_ordinal(next.word(chunk::kDepth)),
       {},
       core::keyframe_name_cut(next.word(chunk::kDepth))},
      &next.words[chunk::kName]);
  context_ = {next.word(chunk::kRequest), next.word(chunk::kParentStart),
              static_cast<std::uint16_t>(next.word(chunk::kParentStream))};
  block.contexts.push_back(context_);
  context_index_ = 0;
}

void StreamRows::read(const CheckedChunk& found, Block& block) {
  const std::uint64_t* w = found.words + found.first() / core::kWordBytes;
  const std::uint64_t* const end = found.words + found.good / core::kWordBytes;
  block.stages.reserve(found.records);
  while (w < end) {
    const std::uint64_t w0 = w[0];
    if (core::head_type(w0) == RecordType::kStage) {
      const std::uint64_t w1 = w[1], end_of_stage = base_ + core::head_time(w0);
      const std::uint64_t duration = core::stage_duration(w1), start = end_of_stage - duration;
      const unsigned depth = core::stage_depth(w1), counted = core::stage_attributes(w1);
      StageRow& row = block.stages.emplace_back();
      row.start = start;
      row.duration = duration;
      row.context = context_index_;
      row.site = core::head_site(w0);
      row.stream = stream_.id;
      row.depth = static_cast<std::uint8_t>(depth);
      row.status = static_cast<std::uint8_t>(core::head_low(w0));
      row.flags = static_cast<std::uint8_t>(core::stage_flags(w1));
      row.attributes = static_cast<std::uint8_t>(counted);
      last_end_ = end_of_stage;
      if (counted != 0 || (waiting_mask_ >> depth & 1) != 0)
        row.lost_attributes = static_cast<std::uint8_t>(finish(depth, counted, start, block));
      w += 2;
    } else {
      read_other(w, block);
      w += core::record_bytes(w0) / core::kWordBytes;
    }
  }
}

void StreamRows::read_other(const std::uint64_t* w, Block& block) {
  const std::uint64_t w0 = w[0], at = base_ + core::head_time(w0);
  const RecordType type = core::head_type(w0);
  switch (type) {
    case RecordType::kEvent:
    case RecordType::kCounter:
    case RecordType::kGauge: {
      const auto value =
          type == RecordType::kCounter ? core::ValueType::kSigned : static_cast<core::ValueType>(core::head_low(w0));
      block.points.push_back({at, w[1], context_index_, core::head_site(w0), type, value});
      last_end_ = at;
      break;
    }
    case RecordType::kAttribute:
      wait(w, block);
      break;
    case RecordType::kAttributeElsewhere: {
      const StageIdentity stage{w[3], static_cast<std::uint16_t>(w[2])};
      add_attribute(w, w + 4, stage, 0, block);
      break;
    }
    case RecordType::kContext:
      context_ = {w[1], w[2], static_cast<std::uint16_t>(w[3])};
      context_index_ = index_of(context_, block);
      last_end_ = at;
      break;
    case RecordType::kLong:
      last_end_ = at;
      read_long(w, block);
      break;
    case RecordType::kDetach:
      last_end_ = at;
      read_detach(w, block);
      break;
    case RecordType::kOwner:
      last_end_ = at;
      own({at, w[1], w[4], {}, (w[5] & core::kNameFlagCut) != 0}, w + 2);
      break;
    default:
      break;  // a plain stage, read by the caller; the survey let nothing else through
  }
}

void StreamRows::read_long(const std::uint64_t* w, Block& block) {
  const unsigned depth = core::stage_depth(w[1]), flags = core::stage_flags(w[1]);
  StageRow row;
  row.start = w[2];
  row.duration = last_end_ - w[2];
  row.site = core::head_site(w[0]);
  row.stream = static_cast<std::uint16_t>(w[4]);
  row.depth = static_cast<std::uint8_t>(depth);
  row.status = static_cast<std::uint8_t>(core::head_low(w[0]));
  row.flags = static_cast<std::uint8_t>(flags);
  row.attributes = static_cast<std::uint8_t>(core::stage_attributes(w[1]));
  if (row.stream != stream_.id || (flags & core::kStageDetached) != 0) {
    cross_.ended.push_back({row, stream_.id, sequence_, w[3]});
    return;
  }
  // The stage began in another request than the one that is current now, or was too long for the short form.
  row.context = w[3] == context_.request ? context_index_ : index_of({w[3], 0, 0}, block);
  row.lost_attributes = static_cast<std::uint8_t>(finish(depth, row.attributes, row.start, block));
  block.stages.push_back(row);
}

void StreamRows::read_detach(const std::uint64_t* w, Block& block) {
  // With the flag it has just begun; without, its thread found it ended by another one and clears its entry.
  const bool begins = (core::stage_flags(w[1]) & core::kStageDetached) != 0;
  const Context context = begins && w[3] == context_.request ? context_ : Context{w[3], 0, 0};
  const unsigned depth = core::stage_depth(w[1]);
  const unsigned taken = depth < core::kMaxDepth ? take(depth, core::stage_attributes(w[1]), w[2], block) : 0;
  cross_.detached.push_back({{w[2], stream_.id}, context, taken, static_cast<std::uint8_t>(depth)});
}

void StreamRows::wait(const std::uint64_t* w, Block& block) {
  const unsigned depth = core::attribute_depth(w[0]);
  if (depth == core::kRequestDepth) {
    if (context_.request == 0) {
      ++totals_.lost_attributes;  // nobody can say whose it is
      return;
    }
    add_attribute(w, w + 2, {0, stream_.id}, context_.request, block);
    return;
  }
  waiting_[depth].push_back(w);
  waiting_mask_ |= std::uint64_t{1} << depth;
}

// Hands the latest `counted` attributes that wait at `depth` to the stage that began at `start`; whatever else waits
// there was of a stage that ended unseen.  Returns how many it was.
unsigned StreamRows::take(unsigned depth, unsigned counted, std::uint64_t start, Block& block) {
  std::vector<const std::uint64_t*>& waiting = waiting_[depth];
  const std::size_t most = counted == core::kManyAttributes ? waiting.size() : counted;
  const std::size_t taken = std::min(waiting.size(), most);
  for (std::size_t i = waiting.size() - taken; i < waiting.size(); ++i)
    add_attribute(waiting[i], waiting[i] + 2, {start, stream_.id}, 0, block);
  forget_waiting(depth);
  return static_cast<unsigned>(taken);
}

unsigned StreamRows::finish(unsigned depth, unsigned counted, std::uint64_t start, Block& block) {
  std::size_t taken = take(depth, counted, start, block);
  if (taken < counted) taken += count_elsewhere(elsewhere_, {start, stream_.id});
  const unsigned lost = lost_attributes(counted, taken);
  totals_.lost_attributes += lost;
  return lost;
}

void StreamRows::add_attribute(const std::uint64_t* w, const std::uint64_t* text, StageIdentity stage,
                               std::uint64_t request, Block& block) {
  AttributeRow row;
  row.start = stage.start;
  row.stream = stage.stream;
  row.request = request;
  row.value = w[1];
  row.key = core::head_site(w[0]);
  row.type = static_cast<core::ValueType>(core::head_low(w[0]));
  row.length = static_cast<std::uint32_t>(core::attribute_length(w[0]));
  row.text = static_cast<std::uint32_t>(block.text.size());
  if (row.length != 0) block.text.append(reinterpret_cast<const char*>(text), row.length);
  block.attributes.push_back(row);
}

// Rule 4.  An attribute was set before the gap, on the stage open at its depth then; if the stage that the keyframe
// shows was open before the gap too, it is that one.
void StreamRows::keep_over_gap(const CheckedChunk& before, const CheckedChunk& next) {
  if (waiting_mask_ == 0) return;
  const std::uint64_t ordinal = core::keyframe_ordinal(next.word(chunk::kDepth));
  const bool same_tenant = !owners_.empty() && owners_.back().ordinal == ordinal;
  for (unsigned d = 0; d < core::kMaxDepth; ++d) {
    const std::uint64_t open = d < next.depth() ? next.words[chunk::kOpen + 2 * d] : 0;
    if (!same_tenant || open == 0 || open > before.known_until()) forget_waiting(d);
  }
}

// What still waits after the last chunk belongs to stages that are on the stack: open, or ended by another thread and
// not cleared yet.
void StreamRows::deliver_to_open_stages(Block& block) {
  const std::uint64_t known_until = stream_.chunks.back().known_until();
  for (unsigned d = 0; d < stream_.open.size() && waiting_mask_ != 0; ++d) {
    const auto [start, meta] = stream_.open[d];
    if (start == 0 || waiting_[d].empty() || (stream_.tail && start > known_until)) continue;
    const unsigned taken = take(d, core::kManyAttributes, start, block);
    cross_.detached.push_back(
        {{start, stream_.id}, {core::meta_request(meta), 0, 0}, taken, static_cast<std::uint8_t>(d)});
  }
  forget_all_waiting();
}

void StreamRows::own(Owner owner, const std::uint64_t* name) {
  const bool same = !owners_.empty() && owners_.back().ordinal == owner.ordinal && owners_.back().tid == owner.tid;
  if (same) {
    owner.since = owners_.back().since;
  } else {
    forget_all_waiting();  // the last tenant's stages are gone with it
    owners_.emplace_back();
  }
  owner.name = text_of(name, core::kThreadNameBytes, true);
  owners_.back() = std::move(owner);
}

// Threads go back and forth between few contexts; a look at the last ones keeps the list short.
std::uint32_t StreamRows::index_of(const Context& context, Block& block) {
  const std::size_t size = block.contexts.size(), near = size > 4 ? size - 4 : 0;
  for (std::size_t i = size; i-- > near;)
    if (block.contexts[i] == context) return static_cast<std::uint32_t>(i);
  block.contexts.push_back(context);
  return static_cast<std::uint32_t>(size);
}

void StreamRows::forget_waiting(unsigned depth) {
  waiting_[depth].clear();
  waiting_mask_ &= ~(std::uint64_t{1} << depth);
}

void StreamRows::forget_all_waiting() {
  for (unsigned d = 0; waiting_mask_ != 0; ++d) forget_waiting(d);
}

}  // namespace looptape::dump
