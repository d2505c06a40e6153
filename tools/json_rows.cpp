// The rows of the JSON documents; see the header.
#include "tools/json_rows.h"

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "looptape/core/kind.h"
#include "tools/attribute_text.h"
#include "tools/format.h"
#include "tools/json_report.h"

namespace looptape::tools {
namespace {

using Json = nlohmann::ordered_json;

std::string id(std::uint64_t number) { return std::to_string(number); }

Json number_json(core::ValueType type, std::uint64_t bits) {
  switch (type) {
    case core::ValueType::kSigned:
      return static_cast<std::int64_t>(bits);
    case core::ValueType::kUnsigned:
      return bits;
    case core::ValueType::kBool:
      return bits != 0;
    case core::ValueType::kFloat: {
      const double value = std::bit_cast<double>(bits);
      // JSON knows no infinities.
      return std::isfinite(value) ? Json(value) : json_text(number_text(type, bits));
    }
    default:
      return json_text(number_text(type, bits));
  }
}

Json value_json(const Trace& trace, const TraceAttribute& attribute) {
  if (attribute.type == core::ValueType::kText) return json_text(trace.text_of(attribute));
  if (attribute.type == core::ValueType::kBytes) return json_text(value_text(trace, attribute));
  return number_json(attribute.type, attribute.value);
}

// {"attributes": {…}, "cut_attributes": […]}: the latest value of each key.
void add_attributes(Json& row, const Trace& trace, std::span<const TraceAttribute> attributes) {
  Json values = Json::object(), cut = Json::array();
  for (const TraceAttribute& attribute : attributes) {
    if (attribute.of_request && identifies_request(trace.name_text(attribute.key))) continue;
    const std::string key = json_text(trace.name(attribute.key)).get<std::string>();
    values[key] = value_json(trace, attribute);
    if (was_cut(attribute)) cut.push_back(key);
  }
  row["attributes"] = std::move(values);
  if (!cut.empty()) row["cut_attributes"] = std::move(cut);
}

Json stage_json(const RequestView& view, const ViewStage& shown) {
  const Trace& trace = *view.head.trace;
  Json row;
  const TraceStage* const stage = shown.stage == kNone ? nullptr : &trace.stages()[shown.stage];
  row["stage"] = json_text_or_null(stage != nullptr ? trace.name(stage->site) : view.head.kind);
  row["kind"] = stage != nullptr ? core::kind_name(trace.kind(stage->site)) : core::kind_name(1);
  row["start_ns"] = shown.start_ns;
  row["duration_ns"] = shown.duration_ns;
  row["critical_ns"] = shown.critical_ns;
  row["slack_ns"] = shown.slack_ns;
  row["drag_ns"] = shown.drag_ns;
  row["self_ns"] = shown.self_ns;
  row["depth"] = shown.depth;
  row["parent"] = shown.parent == kNone ? Json(nullptr) : Json(shown.parent);
  if (stage == nullptr) {
    row["status"] = request_status(view.head);
    row["attributes"] = Json::object();
    return row;
  }
  row["status"] = stage->open != 0 ? "running" : stage_status(static_cast<std::uint8_t>(stage->status));
  const dump::Owner* const owner = trace.owner(stage->stream, stage->start);
  row["thread"] = owner != nullptr ? json_text_or_null(thread_name(*owner)) : Json(nullptr);
  row["tid"] = owner != nullptr ? Json(owner->tid) : Json(nullptr);
  add_attributes(row, trace, trace.attributes_of_stage(stage->stream, stage->start));
  row["lost_attributes"] = static_cast<unsigned>(stage->lost);
  return row;
}

Json process_json(const dump::Process& process) {
  return {{"service", json_text(service_name(process))},
          {"host", json_text(host_name(process))},
          {"version", json_text_or_null(version_name(process))},
          {"pid", process.pid},
          {"token", trace_id_text(process.token[0], process.token[1])}};
}

Json statuses_json(const StageStatistics& statistics) {
  Json statuses = Json::object();
  for (std::size_t i = 0; i < kStatuses; ++i) {
    if (statistics.statuses[i] != 0) statuses[stage_status(static_cast<std::uint8_t>(i))] = statistics.statuses[i];
  }
  return statuses;
}

Json percentile_json(const std::optional<std::uint64_t>& value) { return value ? Json(*value) : Json(nullptr); }

Json lost_json(const LostRecords& lost) {
  return {{"overwritten", lost.overwritten}, {"recycled_while_read", lost.recycled_while_read},
          {"rejected", lost.rejected},       {"damaged", lost.damaged},
          {"dropped", lost.dropped},         {"attributes", lost.attributes}};
}

Json losses_json(const std::array<std::uint64_t, core::kLossCount>& losses) {
  Json row = Json::object();
  for (std::size_t i = 0; i < core::kLossCount; ++i) {
    row[std::string(loss_text(static_cast<core::Loss>(i)).key)] = losses[i];
  }
  return row;
}

}  // namespace

Json coverage_json(const Coverage& coverage) {
  Json row;
  row["requests"] = coverage.requests;
  row["requests_running"] = coverage.running;
  row["requests_incomplete"] = coverage.incomplete;
  row["requests_partial"] = coverage.partial;
  row["requests_ended_in_copy"] = coverage.ended_in_copy;
  row["requests_left_out"] = coverage.left_out;
  row["processes"] = coverage.processes;
  row["recordings"] = coverage.recordings;
  row["recordings_cut_short"] = coverage.unclosed;
  row["recordings_of_damaged_regions"] = coverage.damaged_regions;
  row["complete"] = Json::array();
  for (const CoveredTime& part : coverage.covered) {
    row["complete"].push_back({{"since", exact_time_text(part.since_wall_ns)},
                               {"until", exact_time_text(part.until_wall_ns)},
                               {"duration_ns", part.until_wall_ns - part.since_wall_ns}});
  }
  row["records_lost"] = lost_json(coverage.lost);
  row["records_lost"]["unknown"] = coverage.unknown_losses();
  row["losses"] = losses_json(coverage.losses);
  row["damage"] = Json::array();
  for (const std::string& damage : coverage.damage) row["damage"].push_back(json_text(damage));
  return row;
}

Json request_json(const RequestView& view) {
  const RequestHead& head = view.head;
  const Trace& trace = *head.trace;
  Json row;
  row["request"] = id(head.number);
  row["trace_id"] =
      (head.trace_high | head.trace_low) != 0 ? Json(trace_id_text(head.trace_high, head.trace_low)) : Json(nullptr);
  row["kind"] = json_text_or_null(head.kind);
  row["start"] = exact_time_text(head.start_wall_ns);
  row["start_unix_ns"] = std::to_string(head.start_wall_ns);
  row["duration_ns"] = head.duration_ns;
  row["status"] = request_status(head);
  row["whole"] = head.whole;
  row["tenant"] = json_text_or_null(head.tenant);
  row["user"] = json_text_or_null(head.user);
  if (head.user_hash != 0) row["user_hash"] = hex_text(head.user_hash);
  row["session"] = json_text_or_null(head.session);
  row["external_ids"] = Json::array();
  for (const auto& [kind, text] : head.external_ids) {
    row["external_ids"].push_back({{"kind", json_text(kind)}, {"id", json_text(text)}});
  }
  row["parent_span"] = head.parent_span != 0 ? Json(hex_text(head.parent_span)) : Json(nullptr);
  row["process"] = process_json(trace.process());
  add_attributes(row, trace, trace.attributes_of_request(head.number));
  row["lost_attributes"] = view.lost_attributes;
  row["stages"] = Json::array();
  for (const ViewStage& stage : view.stages) row["stages"].push_back(stage_json(view, stage));
  row["events"] = Json::array();
  for (const TraceEvent& event : trace.events_of(head.index)) {
    row["events"].push_back({{"event", json_text(trace.name(event.site))},
                             {"at_ns", trace.clock().ns(event.at) - trace.clock().ns(head.start)},
                             {"value", number_json(event.type, event.value)}});
  }
  return row;
}

Json statistics_json(const StageStatistics& statistics, std::int64_t all_ns) {
  Json row;
  row["stage"] = json_text(statistics.stage);
  row["kind"] = core::kind_name(statistics.kind);
  row["service"] = json_text(statistics.service);
  row["count"] = statistics.count;
  row["p50_ns"] = percentile_json(statistics.p50_ns);
  row["p95_ns"] = percentile_json(statistics.p95_ns);
  row["p99_ns"] = percentile_json(statistics.p99_ns);
  row["max_ns"] = percentile_json(statistics.max_ns);
  row["critical_ns"] = statistics.critical_ns;
  row["critical_of_ns"] = all_ns;
  row["drag_ns"] = statistics.drag_ns;
  row["self_ns"] = statistics.self_ns;
  row["errors"] = statistics.errors;
  row["statuses"] = statuses_json(statistics);
  row["running"] = statistics.running;
  return row;
}

Json point_json(const PointStatistics& point) {
  Json row;
  row["name"] = json_text(point.name);
  row["kind"] = point_kind_name(point.kind);
  row["steps"] = point.steps;
  if (point.kind == core::RecordType::kCounter) {
    // Few who read JSON take more than 64 bits; nobody takes a sum that wrapped.
    const auto sum = static_cast<std::int64_t>(point.sum);
    row["sum"] = sum == point.sum ? Json(sum) : Json(nullptr);
    if (sum != point.sum) row["sum_text"] = wide_text(point.sum);
  }
  if (point.kind != core::RecordType::kCounter) row["last"] = number_json(point.type, point.last);
  if (point.kind == core::RecordType::kGauge) {
    row["least"] = number_json(point.type, point.least);
    row["most"] = number_json(point.type, point.most);
  }
  if (point.kind != core::RecordType::kGauge) {
    const std::optional<double> rate = point.per_second();
    row["per_second"] = rate ? Json(*rate) : Json(nullptr);
    row["per_second_of_ns"] = point.covered_ns;
  }
  row["first_at"] = exact_time_text(point.first_wall_ns);
  row["last_at"] = exact_time_text(point.last_wall_ns);
  return row;
}

Json recording_json(const Trace& trace, const Recording& recording, const RecordingCounts& counts) {
  const dump::Process& process = recording.process;
  Json row;
  row["source"] = json_text(recording.source);
  row["process"] = process_json(process);
  row["recorder_version"] = json_text_or_null(process.recorder);
  row["format"] = {{"kind", recording.format.kind == dump::Format::Kind::kTape ? "tape" : "region"},
                   {"major", recording.format.major},
                   {"minor", recording.format.minor}};
  row["state"] = process.clean_exit ? "exited" : process.alive ? "running" : "dead";
  const auto when = [&](std::uint64_t tick) {
    return tick != 0 ? Json(exact_time_text(trace.clock().wall_ns(tick))) : Json(nullptr);
  };
  row["paused_since"] = when(process.paused_at);
  row["resumed_at"] = when(process.resumed_at);
  row["clock"] = process.clock == core::ClockKind::kTsc ? "tsc" : "monotonic";
  row["clock_fell_back"] = (process.flags & core::kFlagClockFellBack) != 0;
  row["volatile"] = (process.flags & core::kFlagVolatile) != 0;
  row["shrunk"] = (process.flags & core::kFlagShrunk) != 0;
  row["fewer_threads_or_requests"] = (process.flags & core::kFlagFewer) != 0;
  row["started"] = exact_time_text(static_cast<std::int64_t>(process.first.wall_ns));
  row["taken"] = exact_time_text(trace.clock().wall_ns(process.snapshot_tick));
  const dump::Trigger& trigger = recording.trigger;
  row["trigger"] = {
      {"kind", trigger_name(trigger.kind)},
      {"name", json_text_or_null(marked(trigger.name, trigger.name_cut))},
      {"at", trigger.tick != 0 ? Json(exact_time_text(trace.clock().wall_ns(trigger.tick))) : Json(nullptr)},
      {"request", trigger.request != 0 ? Json(id(trigger.request)) : Json(nullptr)},
      {"value_ns", trigger.value_ns},
      {"limit_ns", trigger.limit_ns},
      {"delay_ns", trigger.delay_ns}};
  row["window_ns"] = process.window_ns;
  row["reach_ns"] = counts.reach_ns ? Json(*counts.reach_ns) : Json(nullptr);
  row["threads"] = counts.threads;
  row["streams"] = recording.closing.streams.size();
  row["requests"] = counts.requests;
  row["stages"] = recording.closing.stages;
  row["attributes"] = counts.attributes;
  row["points"] = recording.closing.points;
  row["region_bytes"] = process.region_bytes;
  row["room"] = {{"threads", process.room.threads},
                 {"in_flight", process.room.in_flight},
                 {"names", process.room.names},
                 {"chunks", process.room.chunks},
                 {"chunk_bytes", process.room.chunk_bytes}};
  row["staging_bytes"] = process.staging_bytes;
  row["other_bytes"] = process.other_bytes;
  row["recorder_cpu_ns"] = process.recorder_cpu_ns;
  row["dumps_written"] = recording.counters.dumps_written;
  row["dumps_failed"] = recording.counters.dumps_failed;
  row["dumps_refused_by_budget"] = recording.counters.dumps_refused;
  row["triggers"] = Json::array();
  for (std::size_t i = 1; i < dump::kTriggerKinds; ++i) {
    row["triggers"].push_back({{"kind", trigger_name(static_cast<dump::TriggerKind>(i))},
                               {"seen", recording.counters.triggers_seen[i]},
                               {"suppressed", recording.counters.triggers_suppressed[i]}});
  }
  row["losses"] = losses_json(recording.counters.losses);
  return row;
}

}  // namespace looptape::tools
