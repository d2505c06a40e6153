// One recorded process in memory: tying recordings together once they are all there; see trace.h.
#include <algorithm>
#include <array>
#include <tuple>

#include "tools/trace.h"

namespace looptape::tools {
namespace {

// Of two copies of one stage: a finished one before an open one, then the one with more of its attributes, then
// the one that was watched longer.
auto by_identity_then_completeness(const TraceStage& a, const TraceStage& b) {
  if (a.stream != b.stream) return a.stream < b.stream;
  if (a.start != b.start) return a.start < b.start;
  if (a.open != b.open) return a.open < b.open;
  const int kept_a = static_cast<int>(a.attributes) - static_cast<int>(a.lost);
  const int kept_b = static_cast<int>(b.attributes) - static_cast<int>(b.lost);
  if (kept_a != kept_b) return kept_a > kept_b;
  if (a.duration != b.duration) return a.duration > b.duration;
  return a.request < b.request;
}

// Keeps, of each run of elements with the same key, those of the recording that has most of them.  REQUIRES:
// sorted by (key, source).  Returns how many are left.
template <class Array, class Same>
std::size_t keep_fullest(Array& array, Same same) {
  std::size_t kept = 0;
  for (std::size_t first = 0; first < array.size();) {
    std::size_t last = first, best = first, best_count = 0;
    while (last < array.size() && same(array[first], array[last])) {
      std::size_t next = last;
      while (next < array.size() && same(array[first], array[next]) && array[next].source == array[last].source) ++next;
      if (next - last >= best_count) best = last, best_count = next - last;  // ties: the later recording
      last = next;
    }
    for (std::size_t i = 0; i < best_count; ++i) array[kept++] = array[best + i];
    first = last;
  }
  return kept;
}

}  // namespace

void Trace::keep_once() {
  std::sort(stages_.begin(), stages_.end(), by_identity_then_completeness);
  const auto last = std::unique(stages_.begin(), stages_.end(), [](const TraceStage& a, const TraceStage& b) {
    return a.stream == b.stream && a.start == b.start;
  });
  stages_.shorten(static_cast<std::size_t>(last - stages_.begin()));
  keep_attributes_once();
  keep_events_once();
}

void Trace::keep_attributes_once() {
  // `text` grows in the order of arrival within a recording, so it keeps the order in which they were set; for
  // numbers the sort has to be stable.
  std::stable_sort(attributes_.begin(), attributes_.end(), [&](const TraceAttribute& a, const TraceAttribute& b) {
    return std::tuple_cat(attribute_owner(a), std::tuple(a.source)) <
           std::tuple_cat(attribute_owner(b), std::tuple(b.source));
  });
  if (recordings_.size() < 2) return;
  attributes_.shorten(
      keep_fullest(attributes_, [](const auto& a, const auto& b) { return attribute_owner(a) == attribute_owner(b); }));
}

void Trace::keep_events_once() {
  const auto key = [](const TraceEvent& e) { return std::tuple(e.request, e.at, e.stream, e.site, e.value); };
  std::stable_sort(events_.begin(), events_.end(), [&](const TraceEvent& a, const TraceEvent& b) {
    return std::tuple_cat(key(a), std::tuple(a.source)) < std::tuple_cat(key(b), std::tuple(b.source));
  });
  if (recordings_.size() < 2) return;
  events_.shorten(keep_fullest(events_, [&](const auto& a, const auto& b) { return key(a) == key(b); }));
}

void Trace::finish() {
  clock_ = dump::ClockScale(process_);
  keep_once();
  leave_out_begun_later();
  resolve_parents();
  index_requests();
  merge_coverage();
  references_ = {};
  stages_.trim();
}

// The deepest shallower stage of the same stream and request whose interval contains the start, else the parent
// of the context, else none: directly under the request.
void Trace::resolve_parents() {
  constexpr std::size_t kDepths = 64;
  std::array<std::uint32_t, kDepths> latest{};
  for (std::uint32_t i = 0; i < stages_.size(); ++i) {
    TraceStage& stage = stages_[i];
    if (i == 0 || stages_[i - 1].stream != stage.stream) latest.fill(kNone);
    const std::uint32_t reference = stage.parent;
    stage.parent = kNone;
    if ((stage.flags & core::kStageIsRequest) == 0 && stage.request != kNone) {
      for (unsigned depth = stage.depth; depth-- > 0 && stage.parent == kNone;) {
        const std::uint32_t above = latest[depth];
        if (above != kNone && stages_[above].end() >= stage.start && stages_[above].request == stage.request) {
          stage.parent = above;
        }
      }
      if (stage.parent == kNone && reference != kNone) stage.parent = by_context(i, reference);
    }
    latest[stage.depth] = i;
  }
}

// A parent begins before its child: so links never form a circle, whatever a file says.
std::uint32_t Trace::by_context(std::uint32_t child, std::uint32_t reference) const {
  const ParentRef& wanted = references_[reference];
  const TraceStage* const place =
      std::lower_bound(stages_.begin(), stages_.end(), wanted, [](const TraceStage& stage, const ParentRef& key) {
        return std::tuple(stage.stream, stage.start) < std::tuple(key.stream, key.start);
      });
  if (place == stages_.end() || place->stream != wanted.stream || place->start != wanted.start) return kNone;
  const TraceStage& stage = stages_[child];
  const auto parent = static_cast<std::uint32_t>(place - stages_.begin());
  const bool earlier = place->start < stage.start || (place->start == stage.start && parent < child);
  return earlier && place->request == stage.request ? parent : kNone;
}

void Trace::index_requests() {
  for (const TraceStage& stage : stages()) {
    if (stage.request != kNone) ++requests_[stage.request].count;
  }
  std::uint32_t first = 0;
  for (TraceRequest& request : requests_) {
    request.first = first;
    first += request.count;
    request.count = 0;
  }
  for (std::uint32_t i = 0; i < first; ++i) by_request_.push_back(kNone);
  for (std::uint32_t i = 0; i < stages_.size(); ++i) {
    const TraceStage& stage = stages_[i];
    if (stage.request == kNone) continue;
    TraceRequest& request = requests_[stage.request];
    by_request_[request.first + request.count++] = i;
    if ((stage.flags & core::kStageIsRequest) != 0 && stage.open == 0 && request.root == kNone) request.root = i;
  }
  for (TraceRequest& request : requests_) {
    if (request.root != kNone) request.open = kNone;  // finished in a later recording
    std::sort(by_request_.begin() + request.first, by_request_.begin() + request.first + request.count,
              [&](std::uint32_t a, std::uint32_t b) {
                const TraceStage &x = stages_[a], &y = stages_[b];
                if (x.start != y.start) return x.start < y.start;
                if (x.duration != y.duration) return x.duration > y.duration;
                return a < b;
              });
  }
}

void Trace::merge_streams(const dump::Closing& closing) {
  for (const dump::Stream& stream : closing.streams) {
    std::vector<dump::Owner>& owners = owners_[stream.id];
    for (const dump::Owner& owner : stream.owners) {
      const auto same = std::find_if(owners.begin(), owners.end(), [&](const dump::Owner& known) {
        return known.ordinal == owner.ordinal && known.tid == owner.tid;
      });
      if (same == owners.end()) {
        owners.push_back(owner);
      } else {
        same->since = std::min(same->since, owner.since);
        if (same->name.empty()) {
          same->name = owner.name;
          same->name_cut = owner.name_cut;
        }
      }
    }
    std::sort(owners.begin(), owners.end(),
              [](const dump::Owner& a, const dump::Owner& b) { return a.since < b.since; });
  }
}

void Trace::merge_coverage() {
  std::vector<Covered> parts;
  for (const Recording& recording : recordings_) {
    if (!recording.closed) continue;
    const std::uint64_t until = recording.complete_until();
    if (until >= recording.closing.complete_since) parts.push_back({recording.closing.complete_since, until});
  }
  std::sort(parts.begin(), parts.end(), [](const Covered& a, const Covered& b) { return a.since < b.since; });
  for (const Covered& part : parts) {
    if (!covered_.empty() && part.since <= covered_.back().until) {
      covered_.back().until = std::max(covered_.back().until, part.until);
    } else {
      covered_.push_back(part);
    }
  }
}

}  // namespace looptape::tools
