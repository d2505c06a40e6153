// A request as the views show it; see the header.
#include "tools/request_view.h"

#include <algorithm>
#include <array>

#include "dump/slack_drag.h"
#include "tools/attribute_text.h"
#include "tools/identity_keys.h"

namespace looptape::tools {
namespace {

constexpr std::string_view kStatusNames[] = {"ok",      "error",     "cancelled", "timeout",
                                             "blocked", "exception", "running",   "incomplete"};
constexpr std::size_t kOfStages = 6;  // the first ones, by core::Status

// The trace id as 16 bytes in the order in which it is written.
void read_trace_id(std::string_view bytes, RequestHead& head) {
  if (bytes.size() != 16) return;
  std::array<std::uint64_t, 2> words{};
  for (std::size_t i = 0; i < 16; ++i) words[i / 8] = words[i / 8] << 8 | static_cast<unsigned char>(bytes[i]);
  head.trace_high = words[0];
  head.trace_low = words[1];
}

// Of the request itself: the recorder says at its end how many it wrote before.
std::uint32_t lost_attributes(const Trace& trace, std::uint64_t number) {
  const auto attributes = trace.attributes_of_request(number);
  for (const TraceAttribute& attribute : attributes) {
    if (trace.name_text(attribute.key) != kAttributeCountKey) continue;
    return static_cast<std::uint32_t>(
        attribute.value > attributes.size() - 1 ? attribute.value - (attributes.size() - 1) : 0);
  }
  return 0;
}

// The stage that is the request itself; kNone when it is not there.
std::uint32_t root_stage(const Trace& trace, const TraceRequest& request) {
  if (request.root != kNone) return request.root;
  for (const std::uint32_t i : trace.stages_of(request)) {
    if ((trace.stages()[i].flags & core::kStageIsRequest) != 0) return i;
  }
  return kNone;
}

}  // namespace

bool identifies_request(std::string_view key) { return key.starts_with(kIdentityPrefix); }

std::string stage_status(std::uint8_t status) {
  return status < kOfStages ? std::string(kStatusNames[status]) : std::string(kUnknownStatus) + std::to_string(status);
}

std::span<const std::string_view> request_statuses() { return kStatusNames; }

std::string request_status(const RequestHead& head) {
  switch (head.state) {
    case RequestState::kFinished:
      return stage_status(head.status);
    case RequestState::kRunning:
      return "running";
    case RequestState::kRootless:
      return "incomplete";
  }
  return "incomplete";
}

RequestViewer::RequestViewer(const Trace& trace) : trace_(trace), position_(trace.stages().size(), kNone) {}

RequestHead RequestViewer::head(std::uint32_t request) const {
  const TraceRequest& entry = trace_.requests()[request];
  RequestHead head;
  head.trace = &trace_;
  head.index = request;
  head.number = entry.number;
  if (entry.root != kNone) {
    const TraceStage& root = trace_.stages()[entry.root];
    head.status = static_cast<std::uint8_t>(root.status);
    head.kind = trace_.name(root.site);
    head.start = root.start;
    head.end = root.end();
  } else if (entry.open != kNone) {
    const TraceOpenRequest& open = trace_.open_request(entry.open);
    head.state = RequestState::kRunning;
    head.kind = trace_.name(open.request.site);
    head.start = open.request.start;
    head.end = open.until;
    head.trace_high = open.request.trace_high;
    head.trace_low = open.request.trace_low;
    head.parent_span = open.request.parent_span;
    head.user_hash = open.request.user_hash;
    head.tenant = marked(open.request.tenant, (open.request.cut & core::kTenantCut) != 0);
    head.session = marked(open.request.session, (open.request.cut & core::kSessionCut) != 0);
    head.user = marked(open.request.user, (open.request.cut & core::kUserCut) != 0);
  } else {
    head.state = RequestState::kRootless;
    const auto stages = trace_.stages_of(entry);
    head.start = stages.empty() ? trace_.process().first.tick : trace_.stages()[stages.front()].start;
    head.end = head.start;
    for (const std::uint32_t i : stages) head.end = std::max(head.end, trace_.stages()[i].end());
  }
  head.start_wall_ns = trace_.clock().wall_ns(head.start);
  head.duration_ns = trace_.clock().duration_ns(head.start, head.end - head.start);
  head.whole = head.state != RequestState::kRootless && trace_.covers(head.start, head.end);
  const std::uint64_t taken = trace_.process().snapshot_tick;
  head.ended_in_copy = head.state == RequestState::kFinished && !head.whole && head.start <= taken &&
                       head.end > taken && trace_.covers(head.start, taken);
  identify(head);
  return head;
}

void RequestViewer::identify(RequestHead& head) const {
  for (const TraceAttribute& attribute : trace_.attributes_of_request(head.number)) {
    const std::string_view key = trace_.name_text(attribute.key);
    if (!key.starts_with(kIdentityPrefix)) continue;
    const std::string_view text = trace_.text_of(attribute);
    if (key == kTraceIdKey) read_trace_id(text, head);
    if (key == kParentSpanKey) head.parent_span = attribute.value;
    const std::string shown = attribute.type == core::ValueType::kText ? value_text(trace_, attribute) : "";
    if (key == kTenantKey) head.tenant = shown;
    if (key == kSessionKey) head.session = shown;
    if (key == kUserKey && attribute.type == core::ValueType::kText) head.user = shown;
    if (key == kUserKey && attribute.type != core::ValueType::kText) head.user_hash = attribute.value;
    if (key.starts_with(kExternalKeyPrefix)) {
      head.external_ids.emplace_back(trace_.name(attribute.key).substr(kExternalKeyPrefix.size()), shown);
    }
  }
}

// The request's stages as a tree, a stage before its children.
std::vector<ViewStage> RequestViewer::tree(const RequestHead& head, std::uint32_t root) {
  const auto indexes = trace_.stages_of(trace_.requests()[head.index]);
  const auto stages = trace_.stages();
  std::vector<ViewStage> flat{{root, kNone, 0, 0, head.duration_ns}};
  const std::int64_t zero = trace_.clock().ns(head.start);
  if (root != kNone) position_[root] = 0;
  for (const std::uint32_t i : indexes) {
    if (i == root) continue;
    position_[i] = static_cast<std::uint32_t>(flat.size());
    const std::int64_t start = trace_.clock().ns(stages[i].start);
    flat.push_back({i, 0, 0, start - zero, trace_.clock().ns(stages[i].end()) - start});
  }
  std::vector<std::vector<std::uint32_t>> children(flat.size());
  for (std::uint32_t i = 1; i < flat.size(); ++i) {
    const std::uint32_t parent = stages[flat[i].stage].parent;
    children[parent == kNone ? 0 : position_[parent]].push_back(i);
  }
  std::vector<ViewStage> ordered;
  ordered.reserve(flat.size());
  struct Visit {
    std::uint32_t stage, parent, depth;
  };
  std::vector<Visit> left{{0, kNone, 0}};
  while (!left.empty()) {
    const Visit visit = left.back();
    left.pop_back();
    const auto at = static_cast<std::uint32_t>(ordered.size());
    ordered.push_back(flat[visit.stage]);
    ordered.back().parent = visit.parent;
    ordered.back().depth = visit.depth;
    const auto& below = children[visit.stage];
    for (auto child = below.rbegin(); child != below.rend(); ++child) left.push_back({*child, at, visit.depth + 1});
  }
  return ordered;
}

RequestView RequestViewer::view(std::uint32_t request) {
  RequestView view;
  view.head = head(request);
  view.stages = tree(view.head, root_stage(trace_, trace_.requests()[request]));
  std::vector<dump::PathStage> path_stages;
  path_stages.reserve(view.stages.size());
  for (const ViewStage& stage : view.stages) {
    path_stages.push_back({stage.start_ns, stage.start_ns + stage.duration_ns, stage.parent});
    if (stage.stage != kNone) view.lost_attributes += trace_.stages()[stage.stage].lost;
  }
  dump::CriticalPath path = dump::critical_path(path_stages);
  const dump::SlackDrag slack_drag = dump::slack_and_drag(path_stages);
  for (std::size_t i = 0; i < view.stages.size(); ++i) {
    view.stages[i].critical_ns = path.critical[i];
    view.stages[i].self_ns = path.self[i];
    view.stages[i].slack_ns = slack_drag.slack[i];
    view.stages[i].drag_ns = slack_drag.drag[i];
  }
  view.segments = std::move(path.segments);
  view.lost_attributes += lost_attributes(trace_, view.head.number);
  return view;
}

}  // namespace looptape::tools
