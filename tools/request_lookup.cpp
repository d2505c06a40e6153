// Finds the request that an id means; see the header.
#include "tools/request_lookup.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>

#include "tools/format.h"
#include "tools/near_match.h"

namespace looptape::tools {
namespace {

constexpr std::size_t kLeastPrefix = 8, kTraceIdDigits = 32;

bool all_of(std::string_view text, bool (*digit)(char)) { return std::all_of(text.begin(), text.end(), digit); }
bool is_decimal(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_decimal(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

template <class Visit>
void each_head(const TraceSet& set, Visit visit) {
  for (const auto& trace : set.traces()) {
    const RequestViewer viewer(*trace);
    for (std::uint32_t i = 0; i < trace->requests().size(); ++i) visit(FoundRequest{trace.get(), i}, viewer.head(i));
  }
}

RequestLookup by_number(const TraceSet& set, std::string_view id) {
  RequestLookup result;
  const std::optional<std::uint64_t> number = number_of(id);
  Nearest nearest;
  for (const auto& trace : set.traces()) {
    if (number) {
      if (const auto index = trace->request_by_number(*number)) result.found.push_back({trace.get(), *index});
    }
    for (const TraceRequest& request : trace->requests()) {
      const std::uint64_t wanted = number.value_or(~std::uint64_t{0});
      nearest.offer(request.number > wanted ? request.number - wanted : wanted - request.number,
                    std::to_string(request.number));
    }
  }
  if (result.found.empty()) result.near = nearest.texts();
  return result;
}

RequestLookup by_trace_id(const TraceSet& set, std::string_view id) {
  RequestLookup result;
  Nearest nearest;
  const std::string wanted = lower(id);
  each_head(set, [&](FoundRequest found, const RequestHead& head) {
    if ((head.trace_high | head.trace_low) == 0) return;
    const std::string own = trace_id_text(head.trace_high, head.trace_low);
    if (own.starts_with(wanted)) result.found.push_back(found);
    const std::string_view beginning = std::string_view(own).substr(0, wanted.size());
    nearest.offer(edit_distance(wanted, beginning), own);
  });
  if (result.found.empty()) result.near = nearest.texts();
  return result;
}

RequestLookup by_external_id(const TraceSet& set, std::string_view id) {
  RequestLookup result;
  Nearest nearest;
  const std::size_t equals = id.find('=');
  const std::string_view kind = id.substr(0, equals), value = id.substr(equals + 1);
  each_head(set, [&](FoundRequest found, const RequestHead& head) {
    for (const auto& [own_kind, own_value] : head.external_ids) {
      if (own_kind == kind && own_value == value) {
        result.found.push_back(found);
        return;
      }
      nearest.offer(edit_distance(id, own_kind + "=" + own_value), own_kind + "=" + own_value);
    }
  });
  if (result.found.empty()) result.near = nearest.texts();
  return result;
}

}  // namespace

RequestIdForm request_id_form(std::string_view text) {
  if (text.empty()) return RequestIdForm::kNone;
  // Thirty-two digits can only be a trace id; fewer are a number.
  if (text.size() == kTraceIdDigits && all_of(text, is_hex)) return RequestIdForm::kTraceId;
  if (all_of(text, is_decimal)) return RequestIdForm::kNumber;
  if (text.size() >= kLeastPrefix && text.size() <= kTraceIdDigits && all_of(text, is_hex))
    return RequestIdForm::kTraceId;
  const std::size_t equals = text.find('=');
  if (equals != std::string_view::npos && equals > 0 && equals + 1 < text.size()) return RequestIdForm::kExternal;
  return RequestIdForm::kNone;
}

RequestLookup find_request(const TraceSet& set, std::string_view id) {
  switch (request_id_form(id)) {
    case RequestIdForm::kNumber: {
      RequestLookup result = by_number(set, id);
      // A prefix of a trace id may happen to have only decimal digits.
      if (result.found.empty() && id.size() >= kLeastPrefix) {
        RequestLookup as_trace_id = by_trace_id(set, id);
        if (!as_trace_id.found.empty()) return as_trace_id;
      }
      return result;
    }
    case RequestIdForm::kTraceId:
      return by_trace_id(set, id);
    case RequestIdForm::kExternal:
      return by_external_id(set, id);
    case RequestIdForm::kNone:
      break;
  }
  return {};
}

}  // namespace looptape::tools
