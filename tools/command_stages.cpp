// `looptape stages`; see the header.
#include "tools/command_stages.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "looptape/core/kind.h"
#include "tools/coverage.h"
#include "tools/filter_keys.h"
#include "tools/filter_values.h"
#include "tools/format.h"
#include "tools/json_report.h"
#include "tools/json_rows.h"
#include "tools/source_reader.h"
#include "tools/stage_statistics.h"
#include "tools/table.h"

namespace looptape::tools {
namespace {

// Requests whose stages are not in the figures, by status.
using Beside = std::map<std::string, std::uint64_t>;

bool status_wanted(const std::string& wanted, const RequestHead& head) {
  if (wanted == "all") return true;
  if (wanted == "failed") return head.state == RequestState::kFinished && head.status != 0;
  return request_status(head) == wanted;
}

void collect(const StagesOptions& options, const Trace& trace, StageTable& table, Coverage& counted, Beside& beside,
             FilterValues& values, Progress& progress) {
  table.begin(trace);
  RequestViewer viewer(trace);
  for (std::uint32_t i = 0; i < trace.requests().size(); ++i) {
    progress.step("going through requests", i + std::size_t{1}, trace.requests().size());
    const RequestHead head = viewer.head(i);
    values.see(head);
    if (!options.filter.accepts(head)) {
      ++counted.left_out;
      continue;
    }
    if (!status_wanted(options.status, head)) {
      ++beside[request_status(head)];
      continue;
    }
    count_request(counted, head);
    table.add(viewer.view(i));
  }
  // Stages outside any request have no tenant, no kind and no status of a request to be chosen by.
  if (!options.filter.conditions.empty() || !options.filter.kind.empty() ||
      (options.status != "ok" && options.status != "all")) {
    return;
  }
  for (const TraceStage& stage : trace.stages()) {
    if (stage.request == kNone && options.filter.accepts_time(trace.clock().wall_ns(stage.start))) {
      table.add_stage(trace, stage);
    }
  }
}

std::string percentile_text(const std::optional<std::uint64_t>& value) {
  return value ? duration_text(static_cast<std::int64_t>(*value)) : "not enough";
}

std::string statuses_text(const StageStatistics& row) {
  std::string text;
  for (std::size_t i = 1; i < kStatuses; ++i) {
    if (row.statuses[i] == 0) continue;
    text += (text.empty() ? "" : ", ") + count_text(row.statuses[i]) + " " + stage_status(static_cast<std::uint8_t>(i));
  }
  return text;
}

// All of a request is its own drag, which tells nobody anything.
std::string drag_text(const StageStatistics& row) {
  const bool request = row.kind == static_cast<std::uint8_t>(Kind::request);
  return request || row.drag_ns == 0 ? "" : duration_text(row.drag_ns);
}

bool of_several_services(const std::vector<StageStatistics>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.service != rows.front().service; });
}

void print(const std::vector<StageStatistics>& rows, const StageTable& stages, const Beside& beside, Session& session) {
  Table table({{"STAGE", Align::kLeft, 60, 16},
               {"SERVICE", Align::kLeft, 48, 8, false, 10, "service"},
               {"KIND", Align::kLeft, 48, 0, false, 1, "kind"},
               {"COUNT", Align::kRight, 48, 0, false, 5, "count"},
               {"P50", Align::kRight, 48, 0, false, 6, "p50"},
               {"P95", Align::kRight, 48, 0, false, 9, "p95"},
               {"P99", Align::kRight, 48, 0, false, 7, "p99"},
               {"MAX", Align::kRight, 48, 0, false, 4, "max"},
               {"CRITICAL", Align::kRight, 48, 0, false, 11, "critical"},
               {"SHARE", Align::kRight, 48, 0, false, 12, "share"},
               {"DRAG", Align::kRight, 48, 0, false, 8, "drag"},
               {"NOT OK", Align::kLeft, 48, 0, false, 2, "not ok:"},
               {"RUNNING", Align::kRight, 48, 0, false, 3, "running"}});
  const bool services = of_several_services(rows);
  bool missing = false;
  for (const StageStatistics& row : rows) {
    missing = missing || !row.p50_ns || !row.p95_ns || !row.p99_ns;
    table.row({row.stage,
               services ? row.service : std::string(),
               std::string(core::kind_name(row.kind)),
               count_text(row.count),
               percentile_text(row.p50_ns),
               percentile_text(row.p95_ns),
               percentile_text(row.p99_ns),
               row.max_ns ? duration_text(static_cast<std::int64_t>(*row.max_ns)) : "",
               duration_text(row.critical_ns),
               share_text(row.critical_ns, stages.whole_requests_ns()),
               drag_text(row),
               {statuses_text(row), Style::kBad},
               row.running != 0 ? count_text(row.running) : std::string()});
  }
  table.print(session.out);
  if (missing)
    session.out.paragraph("not enough: fewer than 20/(1-p) of them, 40 for p50, 400 for p95, 2 000 for p99",
                          Style::kFaint);
  const auto dragged = [](const StageStatistics& row) { return !drag_text(row).empty(); };
  if (std::any_of(rows.begin(), rows.end(), dragged)) {
    session.out.paragraph("drag: what each stage alone would have saved its request, summed", Style::kFaint);
  }
  session.out.paragraph("shares are of the " + plural(stages.whole_requests(), "request") + " (" +
                            duration_text(stages.whole_requests_ns()) +
                            ") that ended and are covered from start to end",
                        Style::kFaint);
  if (beside.empty()) return;
  std::string text = "not counted:";
  for (const auto& [status, count] : beside)
    text += (text.back() == ':' ? " " : ", ") + count_text(count) + " " + status;
  session.out.paragraph(text + " (--status all counts them)", Style::kFaint);
}

}  // namespace

const std::vector<std::string>& stages_statuses() {
  static const std::vector<std::string> kStatuses{"ok",      "failed",  "all",       "error",   "cancelled",
                                                  "timeout", "blocked", "exception", "running", "incomplete"};
  return kStatuses;
}

int run_stages(const StagesOptions& options, Session& session) {
  TraceSet set;
  StageTable table;
  Beside beside;
  Coverage counted;
  FilterKeys keys(options.filter);
  FilterValues values(options.filter);
  const auto take = [&](const auto& trace) {
    keys.take(*trace);
    collect(options, *trace, table, counted, beside, values, session.progress);
  };
  if (!read_sources(options.sources, set, session, take)) return session.exit_code;
  keys.say_unknown("stages", session);
  values.say_unknown("stages", session);
  Coverage coverage = coverage_of(set);
  add_counted(coverage, counted);
  if (const std::string outside = outside_text(coverage, options.filter.since_wall_ns, options.filter.until_wall_ns);
      !outside.empty())
    session.problem("stages: " + outside);
  session.progress.step("sorting durations");
  const std::vector<StageStatistics> rows = table.rows();
  if (session.json) {
    nlohmann::ordered_json based_on = coverage_json(coverage);
    based_on["requests_not_counted"] = nlohmann::ordered_json::object();
    for (const auto& [status, count] : beside) based_on["requests_not_counted"][status] = count;
    based_on["requests_with_shares"] = table.whole_requests();
    JsonReport report(session.out, based_on);
    for (const StageStatistics& row : rows) report.row(statistics_json(row, table.whole_requests_ns()));
    report.end();
    return session.exit_code;
  }
  print(rows, table, beside, session);
  session.out.paragraph(coverage_line(coverage), Style::kFaint);
  return session.exit_code;
}

}  // namespace looptape::tools
