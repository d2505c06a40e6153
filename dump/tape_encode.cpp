// Rows of a block into columns; see the header.
#include "dump/tape_encode.h"

#include <capnp/any.h>

#include <algorithm>
#include <bit>

namespace looptape::dump::tape {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are filled as they lie in memory");

// The elements of a freshly made list of numbers.  Setting them one by one through the list's builder
// multiplies and masks for each; this is the memory itself, which the builder owns and has zeroed.
template <class T, class List>
T* elements(List list) {
  const auto bytes = capnp::AnyList::Reader(list.asReader()).getRawBytes();
  return reinterpret_cast<T*>(const_cast<kj::byte*>(bytes.begin()));
}

constexpr std::uint32_t low(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
constexpr std::uint32_t high(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }

// What must be known of stages before their columns are made: which of them are not all zero.
struct StageFacts {
  std::uint64_t base = ~std::uint64_t{0}, greatest = 0, duration = 0;
  std::uint32_t context = 0;
  unsigned depth = 0, attributes = 0, lost = 0, status = 0, flags = 0;
  bool other_stream = false;
};

StageFacts survey(const StageRow* rows, std::size_t count, std::uint16_t stream, TickRange& ticks) {
  StageFacts facts;
  std::uint64_t first = ~std::uint64_t{0}, last = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const StageRow& row = rows[i];
    const std::uint64_t end = row.start + row.duration;
    facts.base = std::min(facts.base, row.start);
    facts.greatest = std::max(facts.greatest, row.start);
    first = std::min(first, end);
    last = std::max(last, end);
    facts.duration |= row.duration;
    facts.context |= row.context;
    facts.depth = std::max<unsigned>(facts.depth, row.depth);
    facts.attributes = std::max<unsigned>(facts.attributes, row.attributes);
    facts.lost |= row.lost_attributes;
    facts.status = std::max<unsigned>(facts.status, row.status);
    facts.flags |= row.flags;
    facts.other_stream |= row.stream != stream;
  }
  if (count != 0) {
    ticks.add(first);
    ticks.add(last);
  }
  return facts;
}

// Fills `to[i]` from row i for every row; does nothing for a column that is left out.
template <class T, class Row, class Get>
void fill(T* to, const Row* rows, std::size_t count, Get get) {
  if (to == nullptr) return;
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<T>(get(rows[i]));
}

}  // namespace

std::uint16_t BlockEncoder::context(std::uint32_t index) {
  if (index >= contexts_) [[unlikely]] {
    ++repaired_;
    index = 0;  // there is always one: see encode()
  }
  if (!renumber_) return static_cast<std::uint16_t>(index);
  std::uint32_t& number = renumbered_[index];
  if (number == 0) {
    used_.push_back(index);
    number = static_cast<std::uint32_t>(used_.size());
  }
  return static_cast<std::uint16_t>(number - 1);
}

TickRange BlockEncoder::encode(const Block& block, const BlockSlice& slice, schema::Block::Builder to) {
  TickRange ticks;
  renumber_ = slice.renumber;
  contexts_ = block.contexts.size();
  if (contexts_ == 0 && slice.stages.size() + slice.points.size() != 0) {
    // Rows always have a context; one that is not given is the empty one.
    contexts_ = 1;
  }
  if (renumber_) {
    renumbered_.assign(contexts_, 0);
    used_.clear();
  }
  to.setStream(block.stream);
  to.setSequence(block.sequence);
  if (slice.stages.size() != 0) encode_stages(block, slice.stages, to.initStages(), ticks);
  if (slice.attributes.size() != 0) encode_attributes(block, slice.attributes, to);
  if (slice.points.size() != 0) encode_points(block, slice.points, to.initPoints(), ticks);
  to.setFirstTick(ticks.first);
  to.setLastTick(ticks.last);

  const std::size_t contexts = renumber_ ? used_.size() : contexts_;
  auto list = to.initContexts(static_cast<unsigned>(contexts));
  for (unsigned i = 0; i < contexts; ++i) {
    const std::size_t from = renumber_ ? used_[i] : i;
    if (from >= block.contexts.size()) continue;
    const Context& context = block.contexts[from];
    list[i].setRequest(context.request);
    list[i].setParentStart(context.parent_start);
    list[i].setParentStream(context.parent_stream);
  }
  return ticks;
}

void BlockEncoder::encode_stages(const Block& block, Range range, schema::StageColumns::Builder to, TickRange& ticks) {
  const StageRow* rows = block.stages.data() + range.begin;
  const auto count = static_cast<unsigned>(range.size());
  const StageFacts facts = survey(rows, count, block.stream, ticks);
  const std::uint64_t base = facts.base;
  repaired_ += facts.depth > kMaxStageDepth || facts.attributes > core::kManyAttributes || facts.status > kMaxStatus ||
               facts.flags > kMaxStageFlags;
  to.setCount(count);
  to.setBase(base);

  auto* start = elements<std::uint32_t>(to.initStartLow(count));
  auto* duration = facts.duration != 0 ? elements<std::uint32_t>(to.initDurationLow(count)) : nullptr;
  auto* site = elements<std::uint16_t>(to.initSite(count));
  auto* depth = facts.depth != 0 ? elements<std::uint8_t>(to.initDepth(count)) : nullptr;
  for (unsigned i = 0; i < count; ++i) {  // what most blocks have, in one pass
    const StageRow& row = rows[i];
    start[i] = low(row.start - base);
    site[i] = name(row.site);
    if (duration != nullptr) duration[i] = low(row.duration);
    if (depth != nullptr) depth[i] = static_cast<std::uint8_t>(std::min<unsigned>(row.depth, kMaxStageDepth));
  }
  if (high(facts.greatest - base) != 0)
    fill(elements<std::uint32_t>(to.initStartHigh(count)), rows, count,
         [base](const StageRow& row) { return high(row.start - base); });
  if (high(facts.duration) != 0)
    fill(elements<std::uint32_t>(to.initDurationHigh(count)), rows, count,
         [](const StageRow& row) { return high(row.duration); });
  if (facts.context != 0 || renumber_)
    fill(elements<std::uint16_t>(to.initContext(count)), rows, count,
         [this](const StageRow& row) { return context(row.context); });
  if (facts.attributes != 0)
    fill(elements<std::uint8_t>(to.initAttributes(count)), rows, count,
         [](const StageRow& row) { return std::min<unsigned>(row.attributes, core::kManyAttributes); });
  if (facts.lost != 0)
    fill(elements<std::uint8_t>(to.initLostAttributes(count)), rows, count,
         [](const StageRow& row) { return row.lost_attributes; });
  if (facts.status != 0)
    fill(elements<std::uint16_t>(to.initStatus(count)), rows, count,
         [](const StageRow& row) { return std::min<unsigned>(row.status, kMaxStatus); });
  if (facts.flags != 0)
    fill(elements<std::uint8_t>(to.initFlags(count)), rows, count,
         [](const StageRow& row) { return row.flags & kMaxStageFlags; });
  if (facts.other_stream)
    fill(elements<std::uint16_t>(to.initStream(count)), rows, count, [](const StageRow& row) { return row.stream; });
}

void BlockEncoder::encode_attributes(const Block& block, Range range, schema::Block::Builder block_to) {
  const AttributeRow* rows = block.attributes.data() + range.begin;
  const auto count = static_cast<unsigned>(range.size());
  std::uint64_t base = ~std::uint64_t{0}, greatest = 0, request = 0, value = 0, text = 0;
  unsigned types = 0;
  bool other_stream = false;
  const auto text_length = [&block](const AttributeRow& row) -> std::size_t {
    if (row.length == 0) return 0;
    if (row.text > block.text.size() || row.length > block.text.size() - row.text) return 0;
    return std::min<std::size_t>(row.length, kMaxTextBytes);
  };
  for (unsigned i = 0; i < count; ++i) {
    const AttributeRow& row = rows[i];
    if (row.start != 0) base = std::min(base, row.start);
    greatest = std::max(greatest, row.start);
    request |= row.request;
    value |= row.value;
    types |= static_cast<unsigned>(row.type);
    other_stream |= row.stream != block.stream;
    text += text_length(row);
    repaired_ += text_length(row) != row.length;
  }
  if (greatest == 0) base = 0;
  // Shifted by one, so that 0 stays "no start" while others count from the smallest.
  const auto shifted = [base](const AttributeRow& row) { return row.start == 0 ? 0 : row.start - base + 1; };
  auto to = block_to.initAttributes();
  to.setCount(count);
  to.setBase(base);
  fill(elements<std::uint16_t>(to.initKey(count)), rows, count,
       [this](const AttributeRow& row) { return name(row.key); });
  if (greatest != 0)
    fill(elements<std::uint32_t>(to.initStartLow(count)), rows, count,
         [&](const AttributeRow& row) { return low(shifted(row)); });
  if (greatest != 0 && high(greatest - base + 1) != 0)
    fill(elements<std::uint32_t>(to.initStartHigh(count)), rows, count,
         [&](const AttributeRow& row) { return high(shifted(row)); });
  if (request != 0)
    fill(elements<std::uint64_t>(to.initRequest(count)), rows, count,
         [](const AttributeRow& row) { return row.request; });
  if (types != 0)
    fill(elements<std::uint16_t>(to.initType(count)), rows, count,
         [](const AttributeRow& row) { return std::min(static_cast<unsigned>(row.type), kMaxValueType); });
  if (low(value) != 0)
    fill(elements<std::uint32_t>(to.initValueLow(count)), rows, count,
         [](const AttributeRow& row) { return low(row.value); });
  if (high(value) != 0)
    fill(elements<std::uint32_t>(to.initValueHigh(count)), rows, count,
         [](const AttributeRow& row) { return high(row.value); });
  if (other_stream)
    fill(elements<std::uint16_t>(to.initStream(count)), rows, count,
         [](const AttributeRow& row) { return row.stream; });
  if (text == 0) return;
  fill(elements<std::uint32_t>(to.initLength(count)), rows, count,
       [&](const AttributeRow& row) { return text_length(row); });
  auto bytes = block_to.initText(static_cast<unsigned>(text));
  kj::byte* next = bytes.begin();
  for (unsigned i = 0; i < count; ++i)
    next = std::copy_n(block.text.data() + (text_length(rows[i]) != 0 ? rows[i].text : 0), text_length(rows[i]), next);
}

void BlockEncoder::encode_points(const Block& block, Range range, schema::PointColumns::Builder to, TickRange& ticks) {
  const PointRow* rows = block.points.data() + range.begin;
  const auto count = static_cast<unsigned>(range.size());
  std::uint64_t base = ~std::uint64_t{0}, greatest = 0, value = 0;
  std::uint32_t contexts = 0;
  unsigned types = 0;
  bool other_kind = false;
  for (unsigned i = 0; i < count; ++i) {
    const PointRow& row = rows[i];
    base = std::min(base, row.at);
    greatest = std::max(greatest, row.at);
    value |= row.value;
    contexts |= row.context;
    types |= static_cast<unsigned>(row.type);
    other_kind |= row.kind != core::RecordType::kEvent;
  }
  ticks.add(base);
  ticks.add(greatest);
  to.setCount(count);
  to.setBase(base);
  fill(elements<std::uint32_t>(to.initAtLow(count)), rows, count,
       [base](const PointRow& row) { return low(row.at - base); });
  fill(elements<std::uint16_t>(to.initSite(count)), rows, count,
       [this](const PointRow& row) { return name(row.site); });
  if (high(greatest - base) != 0)
    fill(elements<std::uint32_t>(to.initAtHigh(count)), rows, count,
         [base](const PointRow& row) { return high(row.at - base); });
  if (low(value) != 0)
    fill(elements<std::uint32_t>(to.initValueLow(count)), rows, count,
         [](const PointRow& row) { return low(row.value); });
  if (high(value) != 0)
    fill(elements<std::uint32_t>(to.initValueHigh(count)), rows, count,
         [](const PointRow& row) { return high(row.value); });
  if (contexts != 0 || renumber_)
    fill(elements<std::uint16_t>(to.initContext(count)), rows, count,
         [this](const PointRow& row) { return context(row.context); });
  if (types != 0)
    fill(elements<std::uint16_t>(to.initType(count)), rows, count,
         [](const PointRow& row) { return std::min(static_cast<unsigned>(row.type), kMaxValueType); });
  if (other_kind)
    fill(elements<std::uint16_t>(to.initKind(count)), rows, count, [](const PointRow& row) {
      return static_cast<unsigned>(row.kind == core::RecordType::kCounter ? schema::PointKind::COUNTER
                                   : row.kind == core::RecordType::kGauge ? schema::PointKind::GAUGE
                                                                          : schema::PointKind::EVENT);
    });
}

}  // namespace looptape::dump::tape
