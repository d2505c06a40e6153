// Columns of a block back into rows; see the header.
#include "dump/tape_decode.h"

#include <capnp/any.h>

#include <algorithm>

#include "dump/tape_format.h"
#include "dump/tape_message.h"

namespace looptape::dump::tape {
namespace {

template <class T>
constexpr capnp::ElementSize kElementSize = sizeof(T) == 1   ? capnp::ElementSize::BYTE
                                            : sizeof(T) == 2 ? capnp::ElementSize::TWO_BYTES
                                            : sizeof(T) == 4 ? capnp::ElementSize::FOUR_BYTES
                                                             : capnp::ElementSize::EIGHT_BYTES;

// The elements of a column, null when it is left out.
template <class T, class List>
const T* column(List list, std::size_t rows) {
  if (list.size() == 0) return nullptr;
  require(list.size() == rows, "a column of another length than its table");
  const capnp::AnyList::Reader any(list);
  require(any.getElementSize() == kElementSize<T>, "a column of another width than the schema's");
  return reinterpret_cast<const T*>(any.getRawBytes().begin());
}

template <class T>
T greatest(const T* column, std::size_t rows) {
  T result = 0;
  for (std::size_t i = 0; i < rows; ++i) result = std::max(result, column[i]);
  return result;
}

// Checks that no element of a column is above `limit`; a column that is left out is all zero.
template <class T>
void require_at_most(const T* column, std::size_t rows, std::size_t limit, const char* what) {
  if (column != nullptr) require(greatest(column, rows) <= limit, what);
}

// Sets rows[i].*member from a column that may be left out.
template <class Row, class Member, class T>
void set(std::vector<Row>& rows, Member Row::*member, const T* column) {
  if (column == nullptr) return;
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].*member = static_cast<Member>(column[i]);
}

// As set(), of a number in a low and a high column, counted from `base`.
template <class Row>
void set_wide(std::vector<Row>& rows, std::uint64_t Row::*member, std::uint64_t base, const std::uint32_t* low,
              const std::uint32_t* high) {
  if (low != nullptr && high == nullptr) {
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].*member = base + low[i];
    return;
  }
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i].*member = base + ((low != nullptr ? low[i] : 0) | std::uint64_t{high != nullptr ? high[i] : 0} << 32);
}

std::size_t row_count(std::size_t count) {
  require(count <= kMaxRows, "more rows than a message may have");
  return count;
}

void decode_stages(schema::StageColumns::Reader from, std::size_t names, Block& block) {
  const std::size_t rows = row_count(from.getCount());
  if (rows == 0) return;
  const auto* start = column<std::uint32_t>(from.getStartLow(), rows);
  const auto* start_high = column<std::uint32_t>(from.getStartHigh(), rows);
  const auto* duration = column<std::uint32_t>(from.getDurationLow(), rows);
  const auto* duration_high = column<std::uint32_t>(from.getDurationHigh(), rows);
  const auto* site = column<std::uint16_t>(from.getSite(), rows);
  const auto* context = column<std::uint16_t>(from.getContext(), rows);
  const auto* depth = column<std::uint8_t>(from.getDepth(), rows);
  const auto* attributes = column<std::uint8_t>(from.getAttributes(), rows);
  const auto* status = column<std::uint16_t>(from.getStatus(), rows);
  const auto* flags = column<std::uint8_t>(from.getFlags(), rows);
  const auto* stream = column<std::uint16_t>(from.getStream(), rows);
  require(names > 0 && !block.contexts.empty(), "stages without names or contexts");
  require_at_most(site, rows, names - 1, "a stage's name does not exist");
  require_at_most(context, rows, block.contexts.size() - 1, "a stage's context does not exist");
  require_at_most(depth, rows, kMaxStageDepth, "a stage is too deep");
  require_at_most(attributes, rows, core::kManyAttributes, "a stage has too many attributes");
  require_at_most(status, rows, kMaxStatus, "a stage's status is unknown");
  require_at_most(flags, rows, kMaxStageFlags, "a stage's flags are unknown");

  StageRow blank;
  blank.stream = block.stream;
  block.stages.assign(rows, blank);
  set_wide(block.stages, &StageRow::start, from.getBase(), start, start_high);
  if (duration != nullptr || duration_high != nullptr)
    set_wide(block.stages, &StageRow::duration, 0, duration, duration_high);
  set(block.stages, &StageRow::site, site);
  set(block.stages, &StageRow::context, context);
  set(block.stages, &StageRow::depth, depth);
  set(block.stages, &StageRow::attributes, attributes);
  set(block.stages, &StageRow::lost_attributes, column<std::uint8_t>(from.getLostAttributes(), rows));
  set(block.stages, &StageRow::status, status);
  set(block.stages, &StageRow::flags, flags);
  set(block.stages, &StageRow::stream, stream);
}

void decode_attributes(schema::Block::Reader block_from, std::size_t names, Block& block) {
  const auto from = block_from.getAttributes();
  const std::size_t rows = row_count(from.getCount());
  if (rows == 0) return;
  const auto* start = column<std::uint32_t>(from.getStartLow(), rows);
  const auto* start_high = column<std::uint32_t>(from.getStartHigh(), rows);
  const auto* key = column<std::uint16_t>(from.getKey(), rows);
  const auto* type = column<std::uint16_t>(from.getType(), rows);
  const auto* value = column<std::uint32_t>(from.getValueLow(), rows);
  const auto* value_high = column<std::uint32_t>(from.getValueHigh(), rows);
  const auto* length = column<std::uint32_t>(from.getLength(), rows);
  require(names > 0, "attributes without names");
  require_at_most(key, rows, names - 1, "an attribute's name does not exist");
  require_at_most(type, rows, kMaxValueType, "an attribute's type is unknown");

  AttributeRow blank;
  blank.stream = block.stream;
  block.attributes.assign(rows, blank);
  if (start != nullptr || start_high != nullptr) {
    set_wide(block.attributes, &AttributeRow::start, 0, start, start_high);
    for (AttributeRow& row : block.attributes)
      if (row.start != 0) row.start += from.getBase() - 1;
  }
  if (value != nullptr || value_high != nullptr) set_wide(block.attributes, &AttributeRow::value, 0, value, value_high);
  set(block.attributes, &AttributeRow::request, column<std::uint64_t>(from.getRequest(), rows));
  set(block.attributes, &AttributeRow::key, key);
  set(block.attributes, &AttributeRow::type, type);
  set(block.attributes, &AttributeRow::stream, column<std::uint16_t>(from.getStream(), rows));

  const auto bytes = block_from.getText();
  block.text.assign(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
  if (length == nullptr) return;
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    block.attributes[i].text = static_cast<std::uint32_t>(length[i] != 0 ? offset : 0);
    block.attributes[i].length = length[i];
    offset += length[i];
    require(offset <= bytes.size(), "an attribute's text does not exist");
  }
}

void decode_points(schema::PointColumns::Reader from, std::size_t names, Block& block) {
  const std::size_t rows = row_count(from.getCount());
  if (rows == 0) return;
  const auto* at = column<std::uint32_t>(from.getAtLow(), rows);
  const auto* at_high = column<std::uint32_t>(from.getAtHigh(), rows);
  const auto* value = column<std::uint32_t>(from.getValueLow(), rows);
  const auto* value_high = column<std::uint32_t>(from.getValueHigh(), rows);
  const auto* site = column<std::uint16_t>(from.getSite(), rows);
  const auto* context = column<std::uint16_t>(from.getContext(), rows);
  const auto* kind = column<std::uint16_t>(from.getKind(), rows);
  const auto* type = column<std::uint16_t>(from.getType(), rows);
  require(names > 0 && !block.contexts.empty(), "points without names or contexts");
  require_at_most(site, rows, names - 1, "a point's name does not exist");
  require_at_most(context, rows, block.contexts.size() - 1, "a point's context does not exist");
  require_at_most(kind, rows, static_cast<std::size_t>(schema::PointKind::GAUGE), "a point's kind is unknown");
  require_at_most(type, rows, kMaxValueType, "a point's type is unknown");

  block.points.assign(rows, PointRow{});
  set_wide(block.points, &PointRow::at, from.getBase(), at, at_high);
  if (value != nullptr || value_high != nullptr) set_wide(block.points, &PointRow::value, 0, value, value_high);
  set(block.points, &PointRow::site, site);
  set(block.points, &PointRow::context, context);
  set(block.points, &PointRow::type, type);
  if (kind == nullptr) return;
  constexpr core::RecordType kinds[] = {core::RecordType::kEvent, core::RecordType::kCounter, core::RecordType::kGauge};
  for (std::size_t i = 0; i < rows; ++i) block.points[i].kind = kinds[kind[i]];
}

}  // namespace

std::string decode_block(Words message, std::size_t names, Block& block, BlockTotals& totals) {
  return with_message(message, [&](schema::Message::Reader root) {
    const auto from = root.getBlock();
    block.clear();
    block.stream = from.getStream();
    block.sequence = from.getSequence();
    totals = {from.getRowsBefore(), from.getBytesBefore(), from.getLastBefore(), from.getLastTick()};
    const auto contexts = from.getContexts();
    require(contexts.size() <= kMaxRows, "too many contexts");
    block.contexts.reserve(contexts.size());
    for (const auto context : contexts)
      block.contexts.push_back({context.getRequest(), context.getParentStart(), context.getParentStream()});
    decode_stages(from.getStages(), names, block);
    decode_attributes(from, names, block);
    decode_points(from.getPoints(), names, block);
  });
}

}  // namespace looptape::dump::tape
