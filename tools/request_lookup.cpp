// Finds the request that an id means; see the header.
#include "tools/request_lookup.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "tools/format.h"
#include "tools/near_match.h"

namespace looptape::tools {
namespace {

constexpr std::size_t kTraceIdDigits = 32, kDescribed = 8;

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string describe(const Trace& trace, std::uint32_t request) {
  const RequestHead head = RequestViewer(trace).head(request);
  std::string text = std::to_string(head.number) + " of " + trace.process().service + " pid " +
                     std::to_string(trace.process().pid) + " (" + head.kind + (head.kind.empty() ? "" : ", ") +
                     request_status(head) + ", " + duration_text(head.duration_ns) + ", " +
                     time_text(head.start_wall_ns);
  if ((head.trace_high | head.trace_low) != 0) text += ", trace " + trace_id_text(head.trace_high, head.trace_low);
  return text + ")";
}

}  // namespace

RequestIdForm request_id_form(std::string_view text) {
  if (text.empty()) return RequestIdForm::kNone;
  // Thirty-two digits can only be a trace id; fewer are a number.
  if (text.size() != kTraceIdDigits && std::all_of(text.begin(), text.end(), is_decimal)) return RequestIdForm::kNumber;
  if (parse_trace_id(text)) return RequestIdForm::kTraceId;
  const std::size_t equals = text.find('=');
  if (equals != std::string_view::npos && equals > 0 && equals + 1 < text.size()) return RequestIdForm::kExternal;
  return RequestIdForm::kNone;
}

RequestSearch::RequestSearch(std::string id)
    : id_(std::move(id)), trace_id_(parse_trace_id(id_)), form_(request_id_form(id_)) {}

void RequestSearch::take(const std::shared_ptr<const Trace>& trace) {
  seen_ += trace->requests().size();
  switch (form_) {
    case RequestIdForm::kNumber:
      by_number(trace);
      // A prefix of a trace id may happen to have only decimal digits.
      if (trace_id_) by_trace_id(trace, nullptr);
      break;
    case RequestIdForm::kTraceId:
      by_trace_id(trace, &nearest_);
      break;
    case RequestIdForm::kExternal:
      by_external_id(trace);
      break;
    case RequestIdForm::kNone:
      break;
  }
}

void RequestSearch::found(Found& found, const std::shared_ptr<const Trace>& trace, std::uint32_t request) {
  if (found.count++ == 0) found.first = {trace, request};
  if (found.descriptions.size() < kDescribed) found.descriptions.push_back(describe(*trace, request));
}

void RequestSearch::by_number(const std::shared_ptr<const Trace>& trace) {
  const std::optional<std::uint64_t> number = number_of(id_);
  if (number) {
    if (const auto index = trace->request_by_number(*number)) found(by_number_, trace, *index);
  }
  const std::uint64_t wanted = number.value_or(~std::uint64_t{0});
  for (const TraceRequest& request : trace->requests()) {
    const std::uint64_t distance = request.number > wanted ? request.number - wanted : wanted - request.number;
    if (nearest_.wants(distance)) nearest_.offer(distance, std::to_string(request.number));
  }
}

void RequestSearch::by_trace_id(const std::shared_ptr<const Trace>& trace, Nearest* nearest) {
  const RequestViewer viewer(*trace);
  for (std::uint32_t i = 0; i < trace->requests().size(); ++i) {
    const RequestHead head = viewer.head(i);
    if ((head.trace_high | head.trace_low) == 0) continue;
    const std::string own = trace_id_text(head.trace_high, head.trace_low);
    if (own.starts_with(*trace_id_)) found(by_other_, trace, i);
    if (nearest == nullptr || by_other_.count != 0) continue;
    nearest->offer(edit_distance(*trace_id_, std::string_view(own).substr(0, trace_id_->size())), own);
  }
}

void RequestSearch::by_external_id(const std::shared_ptr<const Trace>& trace) {
  const RequestViewer viewer(*trace);
  const std::string_view id = id_;
  const std::size_t equals = id.find('=');
  const std::string_view kind = id.substr(0, equals), value = id.substr(equals + 1);
  for (std::uint32_t i = 0; i < trace->requests().size(); ++i) {
    const RequestHead head = viewer.head(i);
    bool is_it = false;
    for (const auto& [own_kind, own_value] : head.external_ids) {
      is_it = is_it || (own_kind == kind && own_value == value);
      const std::string own = own_kind + "=" + own_value;
      if (by_other_.count == 0) nearest_.offer(edit_distance(id, own), own);
    }
    if (is_it) found(by_other_, trace, i);
  }
}

}  // namespace looptape::tools
