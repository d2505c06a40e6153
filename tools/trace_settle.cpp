// One recorded process in memory: parting with what no later recording can change, and with what is later than the last
// one; see trace.h.
#include <algorithm>
#include <tuple>

#include "tools/trace.h"

namespace looptape::tools {
namespace {

constexpr std::uint64_t kNotYet = ~std::uint64_t{0};

}  // namespace

// When each request was last heard of; kNotYet for one of which nothing is known but attributes.
std::vector<std::uint64_t> Trace::last_heard() const {
  std::vector<std::uint64_t> last(requests_.size(), 0);
  std::vector<bool> ended(requests_.size(), false);
  for (const TraceStage& stage : stages()) {
    if (stage.request == kNone) continue;
    last[stage.request] = std::max(last[stage.request], stage.end());
    if ((stage.flags & core::kStageIsRequest) != 0 && stage.open == 0) ended[stage.request] = true;
  }
  for (const TraceEvent& event : events()) {
    if (event.request != kNone) last[event.request] = std::max(last[event.request], event.at);
  }
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].open != kNone && !ended[i]) last[i] = std::max(last[i], open_requests_[requests_[i].open].until);
    if (last[i] == 0) last[i] = kNotYet;
  }
  return last;
}

// What is the same for both parts.
std::unique_ptr<Trace> Trace::empty_part() const {
  auto part = std::make_unique<Trace>(source_);
  part->process_ = process_;
  part->recordings_ = recordings_;
  part->names_ = names_;
  part->owners_ = owners_;
  return part;
}

// Moves rows from one trace to another under the numbers that requests, references and texts have there.
class Trace::Moving {
 public:
  Moving(const Trace& from, Trace& to) : from_(from), to_(to), references_(from.references_.size(), kNone) {}

  void stage(TraceStage stage) {
    stage.request = request(stage.request);
    if (stage.parent != kNone) {
      std::uint32_t& known = references_[stage.parent];
      if (known == kNone) {
        known = static_cast<std::uint32_t>(to_.references_.size());
        to_.references_.push_back(from_.references_[stage.parent]);
      }
      stage.parent = known;
    }
    to_.stages_.push_back(stage);
  }
  void event(TraceEvent event) {
    event.request = request(event.request);
    to_.events_.push_back(event);
  }
  void attribute(TraceAttribute attribute) {
    const std::string_view text = from_.text_of(attribute);
    attribute.text = static_cast<std::uint32_t>(to_.text_.size());
    to_.text_.append(text);
    to_.attributes_.push_back(attribute);
  }
  // The request's own entry, in case it has no rows.
  std::uint32_t request(std::uint32_t index) {
    if (index == kNone) return kNone;
    const TraceRequest& known = from_.requests_[index];
    const std::uint32_t there = to_.request_index(known.number);
    TraceRequest& entry = to_.requests_[there];
    if (entry.open == kNone && known.open != kNone) {
      entry.open = static_cast<std::uint32_t>(to_.open_requests_.size());
      to_.open_requests_.push_back(from_.open_requests_[known.open]);
    }
    return there;
  }

 private:
  const Trace& from_;
  Trace& to_;
  std::vector<std::uint32_t> references_;
};

std::unique_ptr<Trace> Trace::take_settled(std::uint64_t before) {
  keep_once();
  const std::vector<std::uint64_t> last = last_heard();
  std::unique_ptr<Trace> settled = empty_part(), rest = std::make_unique<Trace>();  // of the rest, the rows alone
  Moving to_settled(*this, *settled), to_rest(*this, *rest);
  const auto request_settled = [&](std::uint32_t request) { return last[request] < before; };
  const auto stage_settled = [&](const TraceStage& stage) {
    return stage.request != kNone ? request_settled(stage.request) : stage.end() < before;
  };
  for (std::uint32_t i = 0; i < requests_.size(); ++i) {
    if (request_settled(i)) settled_.add(requests_[i].number);
    (request_settled(i) ? to_settled : to_rest).request(i);
  }
  for (const TraceStage& stage : stages()) (stage_settled(stage) ? to_settled : to_rest).stage(stage);
  for (const TraceEvent& event : events()) {
    const bool now = event.request != kNone ? request_settled(event.request) : event.at < before;
    (now ? to_settled : to_rest).event(event);
  }
  const TraceStage* owner = stages_.begin();  // both are sorted by stream and start
  for (const TraceAttribute& attribute : attributes_) {
    bool now = attribute.owner < before;
    if (attribute.of_request) {
      const auto request = request_by_number(attribute.owner);
      now = !request || request_settled(*request);
    } else {
      const auto key = std::tuple(attribute.stream, attribute.owner);
      while (owner != stages_.end() && std::tuple(owner->stream, owner->start) < key) ++owner;
      if (owner != stages_.end() && std::tuple(owner->stream, owner->start) == key) now = stage_settled(*owner);
    }
    (now ? to_settled : to_rest).attribute(attribute);
  }
  take_rows_of(*rest);
  settled->settled_before_ = settled_before_;
  settled->settled_until_ = settled_before_ = std::max(settled_before_, before);
  return settled;
}

// The last copy was taken at an instant, and chunk by chunk after it: of a request that began in between it holds some
// rows or all, and perhaps not the request's own.  At that instant there was no such request.  Numbers are given in the
// order of beginning, which tells of those that have no rows with a time.
std::vector<bool> Trace::begun_later() const {
  const std::uint64_t taken = process_.snapshot_tick;
  std::vector<bool> later(requests_.size(), false);
  if (taken == 0) return later;  // of a damaged file it may not be known
  std::vector<std::uint64_t> earliest(requests_.size(), kNotYet);
  const auto seen = [&](std::uint32_t request, std::uint64_t at) {
    if (request != kNone) earliest[request] = std::min(earliest[request], at);
  };
  for (const TraceStage& stage : stages()) seen(stage.request, stage.start);
  for (const TraceEvent& event : events()) seen(event.request, event.at);
  for (std::uint32_t i = 0; i < requests_.size(); ++i)
    if (requests_[i].open != kNone) seen(i, open_requests_[requests_[i].open].request.start);
  std::uint64_t newest = 0;  // number of a request that had begun
  for (std::size_t i = 0; i < requests_.size(); ++i)
    if (earliest[i] <= taken) newest = std::max(newest, requests_[i].number);
  for (std::size_t i = 0; i < requests_.size(); ++i)
    later[i] = earliest[i] != kNotYet ? earliest[i] > taken : requests_[i].number > newest;
  return later;
}

void Trace::leave_out_begun_later() {
  const std::vector<bool> later = begun_later();
  if (std::find(later.begin(), later.end(), true) == later.end()) return;
  const auto leave_out = [](auto& array, auto is_later) {
    const auto end = std::remove_if(array.begin(), array.end(), is_later);
    array.shorten(static_cast<std::size_t>(end - array.begin()));
  };
  const auto row_is_later = [&](const auto& row) { return row.request != kNone && later[row.request]; };
  leave_out(stages_, row_is_later);
  leave_out(events_, row_is_later);
  leave_out(attributes_, [&](const TraceAttribute& attribute) {
    const auto request = attribute.of_request ? request_by_number(attribute.owner) : std::nullopt;
    return request && later[*request];
  });
  std::vector<std::uint32_t> index(requests_.size(), kNone);  // of those that stay
  std::uint32_t kept = 0;
  by_number_.clear();
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (later[i]) continue;
    by_number_.emplace(requests_[i].number, kept);
    requests_[kept] = requests_[i];
    index[i] = kept++;
  }
  requests_.resize(kept);
  for (TraceStage& stage : stages_)
    if (stage.request != kNone) stage.request = index[stage.request];
  for (TraceEvent& event : events_)
    if (event.request != kNone) event.request = index[event.request];
}

void Trace::take_rows_of(Trace& other) {
  stages_ = std::move(other.stages_);
  references_ = std::move(other.references_);
  attributes_ = std::move(other.attributes_);
  events_ = std::move(other.events_);
  text_ = std::move(other.text_);
  requests_ = std::move(other.requests_);
  by_number_ = std::move(other.by_number_);
  open_requests_ = std::move(other.open_requests_);
}

std::shared_ptr<Trace> Trace::without_rows() const {
  std::shared_ptr<Trace> shell = empty_part();
  shell->clock_ = clock_;
  shell->covered_ = covered_;
  return shell;
}

}  // namespace looptape::tools
