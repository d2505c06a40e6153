// Words of a region put together by hand: see recording_builder.h.
#include "tests/dump/decode/recording_builder.h"

#include <algorithm>
#include <stdexcept>

namespace looptape::dump::testing {

namespace chunk = core::chunk;
namespace header = core::header;
using core::RecordType;

Thread& Thread::chunk(const ChunkAt& at) {
  const std::size_t depth = at.open.size();
  std::vector<std::uint64_t> words(core::keyframe_bytes(depth) / core::kWordBytes);
  words[chunk::kGeneration] = 2;
  words[chunk::kCommitted] = core::keyframe_bytes(depth);
  words[chunk::kStream] = stream_;
  words[chunk::kSequence] = chunks_.size() + 1;
  words[chunk::kBase] = at.base;
  words[chunk::kRecords] = records_;
  words[chunk::kBytes] = bytes_;
  words[chunk::kRequest] = at.request;
  words[chunk::kParentStart] = at.parent_start;
  words[chunk::kParentStream] = at.parent_stream;
  words[chunk::kTid] = slot_.tid;
  words[chunk::kName] = slot_.name[0];
  words[chunk::kName + 1] = slot_.name[1];
  words[chunk::kDepth] = depth | slot_.ordinal << 8;
  words[chunk::kPreviousLast] = previous_last_;
  for (std::size_t d = 0; d < depth; ++d) words[chunk::kOpen + 2 * d] = at.open[d];
  chunks_.push_back(std::move(words));
  slot_.sequence = chunks_.size();
  return *this;
}

Thread& Thread::put(const std::vector<std::uint64_t>& words) {
  std::vector<std::uint64_t>& to = chunks_.back();
  to.insert(to.end(), words.begin(), words.end());
  to[chunk::kCommitted] = to.size() * core::kWordBytes;
  records_ += 1;
  bytes_ += words.size() * core::kWordBytes;
  return *this;
}

std::uint16_t Thread::site(const char* name) { return recording_.name(name); }

Thread& Thread::stage(const StageAt& at) {
  return put({core::record_head(RecordType::kStage, static_cast<unsigned>(at.status), site(at.name), at.end - base()),
              core::stage_word(at.depth, at.attributes, at.flags, at.end - at.start)});
}

Thread& Thread::finish_elsewhere(const LongAt& at) {
  return put({core::record_head(RecordType::kLong, 0, site(at.name), at.end - base()),
              core::stage_word(at.depth, at.attributes, at.flags, 0), at.start, at.request, at.origin, 0});
}

Thread& Thread::detach(const DetachAt& at) {
  return put({core::record_head(RecordType::kDetach, 0, site(at.name), at.at - base()),
              core::stage_word(at.depth, at.attributes, at.flags, 0), at.start, at.request});
}

Thread& Thread::attribute(const char* key, unsigned depth, std::int64_t value) {
  return put({core::attribute_head(RecordType::kAttribute, core::ValueType::kSigned, site(key), depth, 0),
              static_cast<std::uint64_t>(value)});
}

Thread& Thread::text(const char* key, unsigned depth, const std::string& stored, std::uint64_t original_length) {
  std::vector<std::uint64_t> words(2 + core::text_words(stored.size()));
  words[0] = core::attribute_head(RecordType::kAttribute, core::ValueType::kText, site(key), depth, stored.size());
  words[1] = original_length;
  std::memcpy(words.data() + 2, stored.data(), stored.size());
  return put(words);
}

Thread& Thread::attribute_elsewhere(const char* key, std::int64_t value, std::uint16_t origin, std::uint64_t start) {
  return put({core::attribute_head(RecordType::kAttributeElsewhere, core::ValueType::kSigned, site(key), 0, 0),
              static_cast<std::uint64_t>(value), origin, start});
}

Thread& Thread::context(std::uint64_t at, std::uint64_t request, std::uint64_t parent_start,
                        std::uint16_t parent_stream) {
  return put({core::record_head(RecordType::kContext, 0, 0, at - base()), request, parent_start, parent_stream});
}

Thread& Thread::point(RecordType type, const char* name, std::uint64_t at, std::uint64_t value,
                      core::ValueType value_type) {
  return put({core::record_head(type, static_cast<unsigned>(value_type), site(name), at - base()), value});
}

Thread& Thread::owner(std::uint64_t at, std::uint64_t tid, std::uint64_t ordinal, const std::string& name) {
  std::uint64_t packed[2] = {};
  std::memcpy(packed, name.data(), std::min(name.size(), sizeof packed));
  slot_.tid = tid;
  slot_.ordinal = ordinal;
  slot_.name = {packed[0], packed[1]};
  return put({core::record_head(RecordType::kOwner, 0, 0, at - base()), tid, packed[0], packed[1], ordinal, 0});
}

Thread& Thread::close(std::uint64_t at) {
  chunks_.back()[chunk::kLast] = at;
  chunks_.back()[chunk::kClosedRecords] = records_;
  previous_last_ = at;
  return *this;
}

Thread& Thread::open(unsigned depth, std::uint64_t start, const char* name, std::uint64_t request) {
  if (slot_.open.size() <= depth) slot_.open.resize(depth + 1);
  slot_.open[depth] = {start, core::open_meta(request, site(name))};
  return *this;
}

Recording::Recording() {
  names_.push_back({});  // id 0 stands for names that found no room
  header_[header::kMagic] = core::kRegionMagic;
  header_[header::kVersion] = std::uint64_t{core::kLayoutMajor} << 32 | core::kLayoutMinor;
  header_[header::kEndian] = core::kEndianMark;
  header_[header::kState] = static_cast<std::uint64_t>(core::RegionState::kRecording);
  header_[header::kClockKind] = static_cast<std::uint64_t>(core::ClockKind::kMonotonic);
  header_[header::kAnchorTick] = header_[header::kAnchorMonotonic] = kFirstTick;
  header_[header::kSlotsCount] = kSlots;
}

Thread& Recording::thread(std::uint16_t stream) { return threads_.try_emplace(stream, *this, stream).first->second; }

std::uint16_t Recording::name(const std::string& text) {
  const auto at = std::find_if(names_.begin() + 1, names_.end(), [&](const Name& name) { return name.text == text; });
  if (at != names_.end()) return static_cast<std::uint16_t>(at - names_.begin());
  names_.push_back({text, 0, 0});
  return static_cast<std::uint16_t>(names_.size() - 1);
}

Recording& Recording::in_flight(std::uint64_t number, std::uint64_t start, const char* kind, std::uint16_t stream,
                                const std::string& tenant) {
  FlightCopy& flight = flights_.emplace_back();
  flight.words[core::flight::kNumber] = number;
  flight.words[core::flight::kStart] = start;
  flight.words[core::flight::kSite] = name(kind) | std::uint64_t{stream} << 16;
  flight.words[core::flight::kLengths] = tenant.size();
  std::memcpy(&flight.words[core::flight::kTenant], tenant.data(), tenant.size());
  return *this;
}

RegionCopy Recording::copy() {
  RegionCopy copy;
  copy.header = header_;
  copy.names = names_;
  copy.flights = flights_;
  copy.snapshot_tick = snapshot_;
  copy.alive = snapshot_ != 0;
  std::size_t longest = 0, count = 0;
  for (auto& [stream, thread] : threads_)
    for (std::uint64_t sequence = 1; sequence <= thread.sequence(); ++sequence, ++count)
      longest = std::max(longest, thread.words(sequence).size() * core::kWordBytes);
  if (longest != 0 && !copy.chunks.reserve(count, longest)) throw std::runtime_error("no memory");
  for (auto at = threads_.rbegin(); at != threads_.rend(); ++at) {
    copy.slots.push_back(at->second.slot());
    for (std::uint64_t sequence = at->second.sequence(); sequence > 0; --sequence) {
      const std::vector<std::uint64_t>& words = at->second.words(sequence);
      if (words.empty()) continue;
      const auto room = copy.chunks.begin(words.size() * core::kWordBytes);
      std::copy(words.begin(), words.end(), room.begin());
      copy.chunks.keep(core::kPageBytes, words.size() * core::kWordBytes);
    }
  }
  return copy;
}

std::vector<std::uint64_t> Recording::image(std::size_t chunk_bytes) {
  constexpr std::size_t kFlights = 16, kNames = 64;
  std::uint64_t chunks = 1;  // one is never used
  for (auto& [stream, thread] : threads_) chunks += thread.sequence();
  const std::size_t names_at = core::kPageBytes, name_bytes = core::name_entry::kWords * core::kWordBytes;
  const std::size_t slots_at = names_at + kNames * name_bytes, slot_bytes = core::slot::kWords * core::kWordBytes;
  const std::size_t flights_at = slots_at + kSlots * slot_bytes, flight_bytes = core::flight::kWords * core::kWordBytes;
  const std::size_t chunks_at = flights_at + kFlights * flight_bytes;
  std::vector<std::uint64_t> image((chunks_at + chunks * chunk_bytes) / core::kWordBytes);
  const auto words_at = [&](std::size_t offset) { return image.data() + offset / core::kWordBytes; };

  header_[header::kRegionBytes] = image.size() * core::kWordBytes;
  const std::pair<std::size_t, std::uint64_t> geometry[] = {
      {header::kNamesOffset, names_at},    {header::kNamesCapacity, kNames}, {header::kNamesCount, names_.size()},
      {header::kSlotsOffset, slots_at},    {header::kSlotsCount, kSlots},    {header::kSlotBytes, slot_bytes},
      {header::kFlightOffset, flights_at}, {header::kFlightCount, kFlights}, {header::kFlightBytes, flight_bytes},
      {header::kPools, chunks_at},         {header::kPools + 1, chunks},     {header::kPools + 2, chunk_bytes}};
  for (const auto& [word, value] : geometry) header_[word] = value;
  std::copy(header_.begin(), header_.end(), image.begin());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    std::uint64_t* const entry = words_at(names_at + i * name_bytes);
    entry[core::name_entry::kHead] = core::name_head(names_[i].kind, names_[i].text.size(), names_[i].flags);
    std::memcpy(entry + core::name_entry::kText, names_[i].text.data(), names_[i].text.size());
  }
  for (std::size_t i = 0; i < flights_.size(); ++i)
    std::copy(flights_[i].words.begin(), flights_[i].words.end(), words_at(flights_at + i * flight_bytes));
  std::uint64_t next = 0;
  for (auto& [stream, thread] : threads_) {
    for (std::uint64_t sequence = 1; sequence <= thread.sequence(); ++sequence, ++next) {
      const std::vector<std::uint64_t>& words = thread.words(sequence);
      if (words.size() * core::kWordBytes > chunk_bytes) throw std::runtime_error("chunk too small");
      std::copy(words.begin(), words.end(), words_at(chunks_at + next * chunk_bytes));
    }
    const SlotCopy& slot = thread.slot();
    std::uint64_t* const to = words_at(slots_at + stream * slot_bytes);
    to[core::slot::kState] = static_cast<std::uint64_t>(slot.state);
    to[core::slot::kTid] = slot.tid;
    to[core::slot::kOrdinal] = slot.ordinal;
    to[core::slot::kChunk] = next;  // index + 1 of the last one
    to[core::slot::kSequence] = slot.sequence;
    for (std::size_t d = 0; d < slot.open.size(); ++d) {
      to[core::slot::kOpen + 2 * d] = slot.open[d].start;
      to[core::slot::kOpen + 2 * d + 1] = slot.open[d].meta;
    }
  }
  return image;
}

void Rows::block(const Block& given) {
  blocks.emplace_back(given.stream, given.sequence);
  for (const StageRow& row : given.stages) {
    Stage stage{{row}, name(row.site), given.contexts.at(row.context), given.stream};
    stages.push_back(stage);
  }
  for (const AttributeRow& row : given.attributes)
    attributes.push_back({{row}, name(row.key), given.text.substr(row.text, row.length)});
  for (const PointRow& row : given.points)
    points.push_back({{row}, name(row.site), given.contexts.at(row.context), given.stream});
}

const Rows::Stage& Rows::stage(const std::string& wanted) const {
  const Stage* found = nullptr;
  for (const Stage& stage : stages) {
    if (stage.name != wanted) continue;
    if (found != nullptr) throw std::runtime_error("more than one stage " + wanted);
    found = &stage;
  }
  if (found == nullptr) throw std::runtime_error("no stage " + wanted);
  return *found;
}

std::vector<Rows::Attribute> Rows::attributes_of(std::uint16_t stream, std::uint64_t start) const {
  std::vector<Attribute> found;
  for (const Attribute& attribute : attributes)
    if (attribute.request == 0 && attribute.stream == stream && attribute.start == start) found.push_back(attribute);
  return found;
}

const Stream& Rows::stream(std::uint16_t id) const {
  for (const Stream& stream : close.streams)
    if (stream.id == id) return stream;
  throw std::runtime_error("no such stream");
}

Rows decode(const RegionCopy& copy) {
  Rows rows;
  assemble(copy, {}, rows);
  return rows;
}

}  // namespace looptape::dump::testing
