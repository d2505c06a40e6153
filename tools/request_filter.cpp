// Which requests a view is about; see the header.
#include "tools/request_filter.h"

#include <algorithm>
#include <iterator>

#include "tools/attribute_text.h"
#include "tools/format.h"

namespace looptape::tools {
namespace {

constexpr std::string_view kStatusKey = "status", kTraceKey = "trace_id";
constexpr std::string_view kOwnKeys[] = {"kind",    kStatusKey, "tenant",  "user", "session",
                                         "service", "host",     "version", "pid",  kTraceKey};

bool attribute_matches(const Trace& trace, std::span<const TraceAttribute> attributes, std::string_view key,
                       std::string_view value) {
  return std::any_of(attributes.begin(), attributes.end(), [&](const TraceAttribute& attribute) {
    // What is shown may be typed as well.
    return trace.name_text(attribute.key) == key &&
           (value_text(trace, attribute) == value || people_value_text(trace, attribute) == value);
  });
}

// STAGE.KEY: any stage of that name with that attribute.
bool stage_matches(const RequestHead& head, std::string_view key, std::string_view value) {
  const Trace& trace = *head.trace;
  for (std::size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.', dot + 1)) {
    const std::string_view stage_name = key.substr(0, dot), attribute = key.substr(dot + 1);
    for (const std::uint32_t i : trace.stages_of(trace.requests()[head.index])) {
      const TraceStage& stage = trace.stages()[i];
      if (trace.name_text(stage.site) != stage_name) continue;
      if (attribute_matches(trace, trace.attributes_of_stage(stage.stream, stage.start), attribute, value)) return true;
    }
  }
  return false;
}

bool has_value(const RequestHead& head, const Condition& condition) {
  if (condition.key == kTraceKey && !condition.value.empty())
    return own_value(head, condition.key).starts_with(condition.value);
  if (is_own_key(condition.key)) return own_value(head, condition.key) == condition.value;
  for (const auto& [kind, id] : head.external_ids) {
    if (kind == condition.key && id == condition.value) return true;
  }
  return attribute_matches(*head.trace, head.trace->attributes_of_request(head.number), condition.key,
                           condition.value) ||
         stage_matches(head, condition.key, condition.value);
}

}  // namespace

std::span<const std::string_view> own_keys() { return kOwnKeys; }

bool is_own_key(std::string_view key) {
  return std::find(std::begin(kOwnKeys), std::end(kOwnKeys), key) != std::end(kOwnKeys);
}

std::string own_value(const RequestHead& head, std::string_view key) {
  const dump::Process& process = head.trace->process();
  if (key == "kind") return head.kind;
  if (key == kStatusKey) return request_status(head);
  if (key == "tenant") return head.tenant;
  if (key == "user") return head.user.empty() && head.user_hash != 0 ? hex_text(head.user_hash) : head.user;
  if (key == "session") return head.session;
  if (key == "service") return process.service;
  if (key == "host") return process.host;
  if (key == "version") return process.version;
  if (key == "pid") return std::to_string(process.pid);
  return (head.trace_high | head.trace_low) != 0 ? trace_id_text(head.trace_high, head.trace_low) : std::string();
}

bool RequestFilter::accepts_time(std::int64_t start_wall_ns) const {
  return (!since_wall_ns || start_wall_ns >= *since_wall_ns) && (!until_wall_ns || start_wall_ns < *until_wall_ns);
}

bool RequestFilter::accepts(const RequestHead& head) const {
  if (!accepts_time(head.start_wall_ns)) return false;
  if (!kind.empty() && head.kind != kind) return false;
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Condition& condition) { return has_value(head, condition) == condition.equal; });
}

std::optional<Condition> parse_condition(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  const bool negated = text[equals - 1] == '!';
  const std::string_view key = text.substr(0, negated ? equals - 1 : equals);
  if (key.empty()) return std::nullopt;
  Condition condition{std::string(key), std::string(text.substr(equals + 1)), !negated};
  if (key == kTraceKey) condition.value = parse_trace_id(condition.value).value_or(condition.value);
  return condition;
}

std::string impossible_value(const Condition& condition) {
  const std::string& value = condition.value;
  if (condition.key == kTraceKey && !value.empty() && !parse_trace_id(value))
    return value + " is no trace id: give at least 8 of its 32 hex digits";
  if (condition.key != kStatusKey) return {};
  const auto known = request_statuses();
  // One that this version has no name for is shown by its number.
  if (value.starts_with(kUnknownStatus) || std::find(known.begin(), known.end(), value) != known.end()) return {};
  std::string text = value + " is none of";
  for (const std::string_view each : known) text.append(text.ends_with("of") ? " " : ", ").append(each);
  return text;
}

}  // namespace looptape::tools
