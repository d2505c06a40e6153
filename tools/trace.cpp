// One recorded process in memory: taking recordings in and looking things up; see the header.  What ties them
// together is in trace_finish.cpp.
#include "tools/trace.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "tools/identity_keys.h"

namespace looptape::tools {

std::uint64_t Recording::complete_until() const {
  std::uint64_t until = process.snapshot_tick;
  if (until == 0)  // of a damaged file it may not be known
    for (const dump::Stream& stream : closing.streams) until = std::max(until, stream.last);
  return process.paused_at != 0 ? std::min(until, process.paused_at) : until;
}

void Trace::opening(const dump::Opening& opening) {
  Recording recording;
  recording.source = source_;
  recording.format = opening.format;
  recording.process = opening.process;
  recording.trigger = opening.trigger;
  recording.counters = opening.counters;
  recordings_.push_back(std::move(recording));
  // The freshest recording has the longest reach of the clock; names are only ever appended.
  if (recordings_.size() == 1 || opening.process.snapshot_tick >= process_.snapshot_tick) process_ = opening.process;
  if (opening.names.size() > names_.size()) names_ = opening.names;
  held_ = {};
  for (const dump::OpenRequest& request : opening.open_requests) {
    hold(request.number, request.start);
    if (request.number == 0 || settled_.contains(request.number)) continue;
    TraceRequest& entry = requests_[request_index(request.number)];
    if (entry.open == kNone) {
      entry.open = static_cast<std::uint32_t>(open_requests_.size());
      open_requests_.push_back({request, 0});
    }
    std::uint64_t& until = open_requests_[entry.open].until;
    until = std::max({until, opening.process.snapshot_tick, request.start});
  }
  add_open_stages(opening);
}

// Counts a request that the recording being read holds something of, unless that is later than its instant.
void Trace::hold(std::uint64_t request, std::uint64_t at) {
  Recording& recording = recordings_.back();
  if (request == 0 || (recording.process.snapshot_tick != 0 && at > recording.process.snapshot_tick)) return;
  held_.add(request);
  recording.requests = held_.size();
}

void Trace::add_open_stages(const dump::Opening& opening) {
  for (const dump::OpenStage& open : opening.open_stages) {
    hold(open.request, open.start);
    if (open.request != 0 && settled_.contains(open.request)) continue;
    TraceStage stage;
    stage.start = open.start;
    stage.duration = opening.process.snapshot_tick > open.start ? opening.process.snapshot_tick - open.start : 0;
    stage.request = open.request != 0 ? request_index(open.request) : kNone;
    stage.site = open.site;
    stage.stream = open.stream;
    stage.depth = open.depth & 63;
    stage.open = 1;
    if (stage.request != kNone && requests_[stage.request].open != kNone) {
      const dump::OpenRequest& request = open_requests_[requests_[stage.request].open].request;
      if (request.stream == open.stream && request.start == open.start) stage.flags = core::kStageIsRequest;
    }
    stages_.push_back(stage);
  }
}

std::uint32_t Trace::request_index(std::uint64_t number) {
  const auto [place, added] = by_number_.try_emplace(number, static_cast<std::uint32_t>(requests_.size()));
  if (added) requests_.push_back({.number = number});
  return place->second;
}

namespace {

constexpr std::uint32_t kSettled = kNone - 1;  // in place of a request: one that was parted with

}  // namespace

void Trace::block(const dump::Block& block) {
  if (recordings_.empty()) return;
  const Contexts contexts = add_contexts(block);
  add_attributes(block, add_stages(block, contexts));
  add_points(block, contexts);
}

// Each context of the block once, not once per stage.
Trace::Contexts Trace::add_contexts(const dump::Block& block) {
  Contexts contexts;
  contexts.reserve(block.contexts.size());
  for (const dump::Context& context : block.contexts) {
    if (settled_.contains(context.request)) {
      contexts.emplace_back(kSettled, kNone);
      continue;
    }
    const std::uint32_t request = context.request != 0 ? request_index(context.request) : kNone;
    std::uint32_t reference = kNone;
    if (context.parent_start != 0) {
      reference = static_cast<std::uint32_t>(references_.size());
      references_.push_back({context.parent_start, context.parent_stream});
    }
    contexts.emplace_back(request, reference);
  }
  return contexts;
}

// Returns the stages that were parted with already, in order: their attributes stand in the same block.
std::vector<Trace::ParentRef> Trace::add_stages(const dump::Block& block, const Contexts& contexts) {
  std::vector<ParentRef> settled;
  for (const dump::StageRow& row : block.stages) {
    TraceStage stage;
    if (row.context < block.contexts.size()) hold(block.contexts[row.context].request, row.start);
    stage.start = row.start;
    stage.duration = std::min(row.duration, std::numeric_limits<std::uint64_t>::max() - row.start);
    if (row.context < contexts.size()) std::tie(stage.request, stage.parent) = contexts[row.context];
    if (stage.request == kSettled || (stage.request == kNone && stage.end() < settled_before_)) {
      settled.push_back({row.start, row.stream});
      continue;
    }
    stage.site = row.site;
    stage.stream = row.stream;
    stage.depth = row.depth & 63;
    stage.status = row.status & 15;
    stage.flags = row.flags & 15;
    stage.attributes = std::min<unsigned>(row.attributes, 63);
    stage.lost = std::min<unsigned>(row.lost_attributes, 63);
    stages_.push_back(stage);
  }
  std::sort(settled.begin(), settled.end());
  return settled;
}

void Trace::add_attributes(const dump::Block& block, const std::vector<ParentRef>& settled_stages) {
  const auto is_settled = [&](std::uint16_t stream, std::uint64_t start) {
    return std::binary_search(settled_stages.begin(), settled_stages.end(), ParentRef{start, stream});
  };
  for (const dump::AttributeRow& row : block.attributes) {
    if (row.request != 0 && is_recorders_own(name_text(row.key))) ++recordings_.back().identity_attributes;
    if (row.request != 0 ? settled_.contains(row.request) : is_settled(row.stream, row.start)) continue;
    TraceAttribute attribute;
    attribute.of_request = row.request != 0;
    attribute.owner = attribute.of_request ? row.request : row.start;
    if (attribute.of_request) request_index(row.request);
    attribute.value = row.value;
    attribute.stream = attribute.of_request ? 0 : row.stream;
    attribute.key = row.key;
    attribute.source = source();
    attribute.type = row.type;
    if (row.type == core::ValueType::kText || row.type == core::ValueType::kBytes) {
      const std::size_t from = std::min<std::size_t>(row.text, block.text.size());
      const std::size_t length = std::min<std::size_t>({row.length, block.text.size() - from, 0xffff});
      if (text_.size() + length > kNone) continue;  // 4 GiB of short texts: no recorder makes that
      attribute.text = static_cast<std::uint32_t>(text_.size());
      attribute.length = static_cast<std::uint16_t>(length);
      text_.append(block.text, from, length);
    }
    attributes_.push_back(attribute);
  }
}

void Trace::add_points(const dump::Block& block, const Contexts& contexts) {
  for (const dump::PointRow& row : block.points) {
    if (row.context >= contexts.size()) continue;
    hold(block.contexts[row.context].request, row.at);
    const bool event = row.kind == core::RecordType::kEvent;
    const std::uint32_t request = event ? contexts[row.context].first : kNone;
    if (request == kSettled || (request == kNone && row.at < settled_before_)) continue;
    events_.push_back(
        {row.at, row.value, request, row.site, block.stream, source(), row.type, static_cast<std::uint8_t>(row.kind)});
  }
}

void Trace::closing(const dump::Closing& closing) {
  if (recordings_.empty()) return;
  recordings_.back().closing = closing;
  recordings_.back().closed = true;
  merge_streams(closing);
  if (recordings_.size() > 1) keep_once();  // memory grows with what is new, not with the number of recordings
}

void Trace::damage(const dump::Damage& damage) {
  if (!recordings_.empty()) recordings_.back().damages.push_back(damage);
}

std::optional<std::uint32_t> Trace::request_by_number(std::uint64_t number) const {
  const auto place = by_number_.find(number);
  if (place == by_number_.end()) return std::nullopt;
  return place->second;
}

namespace {
template <class Array, class Key>
auto stretch(const Array& array, const Key& key, auto key_of_element) {
  const auto less_than_key = [&](const auto& element, const Key& k) { return key_of_element(element) < k; };
  const auto key_less_than = [&](const Key& k, const auto& element) { return k < key_of_element(element); };
  const auto first = std::lower_bound(array.begin(), array.end(), key, less_than_key);
  const auto last = std::upper_bound(first, array.end(), key, key_less_than);
  return std::span(first, last);
}
}  // namespace

std::span<const TraceAttribute> Trace::attributes_of_stage(std::uint16_t stream, std::uint64_t start) const {
  return stretch(attributes_, std::tuple(false, stream, start), attribute_owner);
}

std::span<const TraceAttribute> Trace::attributes_of_request(std::uint64_t number) const {
  return stretch(attributes_, std::tuple(true, std::uint16_t{0}, number), attribute_owner);
}

std::span<const TraceEvent> Trace::events_of(std::uint32_t request) const {
  return stretch(events_, request, [](const TraceEvent& event) { return event.request; });
}

std::string Trace::name(std::uint16_t id) const {
  if (id >= names_.size()) return "(name " + std::to_string(id) + " is missing)";
  if (names_[id].text.empty()) return id == core::kNoName ? "(no room for its name)" : "(empty name)";
  return (names_[id].flags & core::kNameFlagCut) != 0 ? names_[id].text + "…" : names_[id].text;
}

const dump::Owner* Trace::owner(std::uint16_t stream, std::uint64_t tick) const {
  const auto place = owners_.find(stream);
  if (place == owners_.end()) return nullptr;
  const dump::Owner* found = nullptr;
  for (const dump::Owner& owner : place->second) {
    if (owner.since > tick && found != nullptr) break;
    found = &owner;
  }
  return found;
}

bool Trace::covers(std::uint64_t since, std::uint64_t until) const {
  return std::any_of(covered_.begin(), covered_.end(),
                     [&](const Covered& c) { return since >= c.since && until <= c.until; });
}

}  // namespace looptape::tools
