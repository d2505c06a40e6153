// `looptape info`; see the header.
#include "tools/command_info.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "tools/attribute_text.h"
#include "tools/coverage.h"
#include "tools/escape.h"
#include "tools/format.h"
#include "tools/json_report.h"
#include "tools/json_rows.h"
#include "tools/point_statistics.h"
#include "tools/source_reader.h"
#include "tools/table.h"

namespace looptape::tools {
namespace {

constexpr std::size_t kPointsShown = 20;
constexpr std::size_t kInFull = 3;  // more recordings than this are listed, a line each

// The first `bad` bytes are bad news.
void field(Session& session, std::string_view name, const std::string& text, std::size_t bad = 0) {
  constexpr std::size_t kLabel = 12;
  std::string label(name);
  label.resize(kLabel, ' ');
  const std::size_t width = session.out.width();
  if (width != 0 && width < 3 * kLabel)  // too narrow for two columns
    return session.out.paragraph(std::string(name) + (name.empty() ? "" : ": ") + text);
  const std::vector<std::string> lines = width == 0 ? std::vector{text} : wrap_to_width(visible(text), width - kLabel);
  for (const std::string& line : lines) {
    bad = std::min(bad, line.size());
    session.out.line({{label, Style::kFaint}, {line.substr(0, bad), Style::kBad}, {line.substr(bad), Style::kPlain}});
    label.assign(kLabel, ' ');
    bad = 0;
  }
}

std::string state_text(const Trace& trace, const dump::Process& process) {
  std::string text = process.clean_exit ? "had ended"
                     : process.alive    ? "was running"
                                        : "was dead, without having ended properly";
  const auto at = [&](std::uint64_t tick) { return time_text(trace.clock().wall_ns(tick)); };
  if (process.paused_at != 0)
    text += "; nothing recorded since " + at(process.paused_at) + ", when it was paused or stopped itself";
  else if (process.resumed_at != 0)
    text += "; it had been paused until " + at(process.resumed_at);
  if ((process.flags & core::kFlagVolatile) != 0) text += "; its region is volatile: it dies with the process";
  if ((process.flags & core::kFlagShrunk) != 0) text += "; its region is smaller than was asked for";
  return text;
}

std::string process_text(const dump::Process& process) {
  return service_name(process) + " (pid " + std::to_string(process.pid) + ", uid " + std::to_string(process.uid) +
         ") on " + host_name(process) + (process.version.empty() ? "" : ", version " + version_name(process));
}

std::string recorder_text(const Recording& recording) {
  const dump::Format& format = recording.format;
  return (recording.process.recorder.empty() ? std::string("an unknown version")
                                             : "looptape " + recording.process.recorder) +
         (format.kind == dump::Format::Kind::kTape ? "; read from a tape of format "
                                                   : "; read from a region of layout ") +
         std::to_string(format.major) + "." + std::to_string(format.minor);
}

// How much fits at the same time; what finds no room is counted among the losses.
std::string room_text(const dump::Process& process) {
  if (process.room.threads == 0) return "not known";
  return plural(process.room.threads, "thread") + ", " + plural(process.room.in_flight, "request") + " in flight, " +
         plural(process.room.names, "name") + ", " + plural(process.room.chunks, "chunk") + " of " +
         bytes_text(process.room.chunk_bytes) +
         ((process.flags & core::kFlagFewer) != 0 ? " (fewer threads or requests than were asked for)" : "");
}

std::string trigger_text(const Trace& trace, const dump::Trigger& trigger) {
  std::string text;
  const std::string name = marked(trigger.name, trigger.name_cut);
  switch (trigger.kind) {
    case dump::TriggerKind::kNone:
      text = "none";
      break;
    case dump::TriggerKind::kSignal:
      text = "signal " + name;
      break;
    case dump::TriggerKind::kCall:
      text = "a call of the program: " + name;
      break;
    case dump::TriggerKind::kSlowRequest:
      text = "slow request of kind " + name;
      break;
    case dump::TriggerKind::kOutside:
      text = "asked for from outside";
      break;
    case dump::TriggerKind::kRecovered:
      text = "recovered from the region of a dead process";
      break;
    default:
      text = "a kind this version does not know (" + std::to_string(static_cast<unsigned>(trigger.kind)) + ") " + name;
  }
  if (trigger.request != 0) text += ", request " + std::to_string(trigger.request);
  if (trigger.value_ns != 0) {
    text += ": it took " + duration_text(static_cast<std::int64_t>(trigger.value_ns)) + ", the limit is " +
            duration_text(static_cast<std::int64_t>(trigger.limit_ns));
  }
  if (trigger.tick != 0) text += ", at " + time_text(trace.clock().wall_ns(trigger.tick));
  if (trigger.delay_ns != 0) text += ", taken " + duration_text(static_cast<std::int64_t>(trigger.delay_ns)) + " later";
  return text;
}

std::string window_text(const dump::Process& process, const RecordingCounts& counts) {
  std::string text = duration_text(static_cast<std::int64_t>(process.window_ns)) + " promised, ";
  if (!counts.reach_ns) return text + "reach unknown: the recording is cut short";
  text += duration_text(*counts.reach_ns) + " held completely";
  if (*counts.reach_ns < static_cast<std::int64_t>(process.window_ns)) {
    text += counts.ends_at_damage ? " (less: part of it is damaged)"
                                  : " (less: the process is younger, or the budget was reached first)";
  }
  return text;
}

void print_losses(const dump::Counters& counters, Session& session) {
  bool any = false;
  for (std::size_t i = 0; i < core::kLossCount; ++i) {
    if (counters.losses[i] == 0) continue;
    const bool normal = i <= static_cast<std::size_t>(core::Loss::kOverwrittenBytes);
    const std::string count = count_text(counters.losses[i]);
    field(session, any ? "" : "losses", count + " " + std::string(loss_text(static_cast<core::Loss>(i)).meaning),
          normal ? 0 : count.size());
    any = true;
  }
  if (!any) field(session, "losses", "the recorder counted none");
}

void print_triggers(const dump::Counters& counters, Session& session) {
  field(session, "dumps",
        count_text(counters.dumps_written) + " written by itself, " + count_text(counters.dumps_failed) + " failed, " +
            count_text(counters.dumps_refused) + " refused by the disk budget");
  std::string text;
  for (std::size_t i = 1; i < dump::kTriggerKinds; ++i) {
    if (counters.triggers_seen[i] == 0 && counters.triggers_suppressed[i] == 0) continue;
    std::string name(trigger_name(static_cast<dump::TriggerKind>(i)));
    for (char& c : name) c = c == '_' ? ' ' : c;
    text += (text.empty() ? "" : "; ") + name + " " + count_text(counters.triggers_seen[i]) + " seen, " +
            count_text(counters.triggers_suppressed[i]) + " suppressed";
  }
  field(session, "triggers", text.empty() ? "none seen" : text);
}

std::string threads_text(const Recording& recording, const RecordingCounts& counts) {
  std::string text = count_text(counts.threads) + " on " + plural(recording.closing.streams.size(), "stream");
  std::string names;
  std::size_t shown = 0;
  for (const dump::Stream& stream : recording.closing.streams) {
    for (const dump::Owner& owner : stream.owners) {
      if (owner.name.empty() || ++shown > 8) continue;
      names += (names.empty() ? ": " : ", ") + thread_name(owner);
    }
  }
  return text + names + (shown > 8 ? ", …" : "");
}

const char* clock_text(const dump::Process& process) {
  if (process.clock == core::ClockKind::kTsc) return "time-stamp counter";
  return (process.flags & core::kFlagClockFellBack) != 0
             ? "clock_gettime (this CPU has no invariant time-stamp counter)"
             : "clock_gettime (as it was set)";
}

void print_recording(const Trace& trace, const Recording& recording, Session& session) {
  const dump::Process& process = recording.process;
  const RecordingCounts counts = counts_of(trace, recording);
  session.out.paragraph(recording.source, Style::kStrong);
  field(session, "process", process_text(process));
  field(session, "state", state_text(trace, process));
  field(session, "recorder", recorder_text(recording));
  field(session, "recorded",
        "from " + time_text(static_cast<std::int64_t>(process.first.wall_ns)) + ", this copy taken " +
            time_text(trace.clock().wall_ns(process.snapshot_tick)));
  field(session, "trigger", trigger_text(trace, recording.trigger));
  field(session, "window", window_text(process, counts));
  field(session, "threads", threads_text(recording, counts));
  field(session, "holds",
        plural(counts.requests, "request") + ", " + plural(recording.closing.stages, "stage") + ", " +
            plural(counts.attributes, "attribute") + ", " +
            plural(recording.closing.points, "event or counter step", "events and counter steps"));
  field(session, "clock", clock_text(process));
  field(session, "memory",
        "region " + bytes_text(process.region_bytes) + ", staging " + bytes_text(process.staging_bytes) +
            ", everything else " + bytes_text(process.other_bytes));
  field(session, "room", room_text(process));
  const std::int64_t life = trace.clock().duration_ns(
      process.first.tick, process.snapshot_tick > process.first.tick ? process.snapshot_tick - process.first.tick : 0);
  field(session, "cost",
        duration_text(static_cast<std::int64_t>(process.recorder_cpu_ns)) + " CPU of the recorder's own thread (" +
            share_text(static_cast<std::int64_t>(process.recorder_cpu_ns), life) + " of one core)");
  print_triggers(recording.counters, session);
  print_losses(recording.counters, session);
  for (const dump::Damage& damage : recording.damages) {
    field(session, "damage", "byte " + count_text(damage.offset) + ": " + damage.what);
  }
  if (recording.damages.empty() && recording.closing.damages != 0)
    field(session, "damage", plural(recording.closing.damages, "place") + " of the region it was made from");
  session.out.line();
}

void print_list(const TraceSet& set, Session& session) {
  Table table({{"TAKEN"},
               {"SERVICE", Align::kLeft, 48, 8, false, 8, "service"},
               {"PID", Align::kRight, 48, 0, false, 7, "pid"},
               {"TRIGGER", Align::kLeft, 48, 12, true, 6, "trigger"},
               {"REQUEST", Align::kRight, 48, 0, false, 5, "request"},
               {"REQUESTS", Align::kRight, 48, 0, false, 4, "requests"},
               {"STAGES", Align::kRight, 48, 0, false, 3, "stages"},
               {"REACH", Align::kRight, 48, 0, false, 2, "reach"},
               {"SOURCE", Align::kLeft, kAnyWidth, 30, true, 1}});
  for (const auto& trace : set.traces()) {
    for (const Recording& recording : trace->recordings()) {
      const RecordingCounts counts = counts_of(*trace, recording);
      table.row({time_text(trace->clock().wall_ns(recording.process.snapshot_tick)), service_name(recording.process),
                 std::to_string(recording.process.pid),
                 std::string(trigger_name(recording.trigger.kind)) + " " +
                     marked(recording.trigger.name, recording.trigger.name_cut),
                 recording.trigger.request != 0 ? std::to_string(recording.trigger.request) : std::string(),
                 count_text(counts.requests), count_text(recording.closing.stages),
                 counts.reach_ns ? duration_text(*counts.reach_ns) : "cut short", recording.source});
    }
  }
  table.print(session.out);
}

std::string sum_text(const PointStatistics& row) {
  if (row.sum != static_cast<std::int64_t>(row.sum)) return wide_text(row.sum);
  return people_number_text(row.name, row.type, static_cast<std::uint64_t>(row.sum));
}

std::string rate_text(const PointStatistics& row) {
  const std::optional<double> rate = row.per_second();
  if (!rate) return {};
  // As the sum beside it is said.
  const bool measure = row.name.ends_with("_ns") || (row.name.ends_with("_bytes") && *rate >= 0);
  constexpr double kLeast = 1, kMost = 9e18;
  if (row.kind == core::RecordType::kCounter && measure && std::abs(*rate) >= kLeast && std::abs(*rate) < kMost)
    return people_number_text(row.name, core::ValueType::kSigned, static_cast<std::uint64_t>(std::llround(*rate)));
  return figure_text(*rate);
}

void print_points(const std::vector<PointStatistics>& rows, bool all, Session& session) {
  if (rows.empty()) return;
  Table table({{"NAME", Align::kLeft, 60, 16},
               {"KIND", Align::kLeft, 48, 0, false, 6, "kind"},
               {"STEPS", Align::kRight, 48, 0, false, 5, "steps"},
               {"SUM", Align::kRight, 48, 0, false, 8, "sum"},
               {"PER SECOND", Align::kRight, 48, 0, false, 2, "per second"},
               {"LAST", Align::kRight, 48, 0, false, 7, "last"},
               {"LEAST", Align::kRight, 48, 0, false, 3, "least"},
               {"MOST", Align::kRight, 48, 0, false, 4, "most"},
               {"LAST AT", Align::kLeft, 48, 0, false, 1, "last at"}});
  for (std::size_t i = 0; i < rows.size() && (all || i < kPointsShown); ++i) {
    const PointStatistics& row = rows[i];
    const auto value = [&](std::uint64_t bits) { return people_number_text(row.name, row.type, bits); };
    const bool counter = row.kind == core::RecordType::kCounter, gauge = row.kind == core::RecordType::kGauge;
    table.row({row.name, point_kind_name(row.kind), count_text(row.steps), counter ? sum_text(row) : "", rate_text(row),
               counter ? "" : value(row.last), gauge ? value(row.least) : "", gauge ? value(row.most) : "",
               time_text(row.last_wall_ns)});
  }
  table.print(session.out);
  if (!all && rows.size() > kPointsShown)
    session.out.paragraph(plural(rows.size() - kPointsShown, "more name") + "; --all shows them", Style::kFaint);
  session.out.line();
}

nlohmann::ordered_json points_json(const std::vector<PointStatistics>& rows) {
  auto points = nlohmann::ordered_json::array();
  for (const PointStatistics& row : rows) points.push_back(point_json(row));
  return points;
}

void report_json(const TraceSet& set, const Coverage& coverage, const std::vector<PointStatistics>& points, bool single,
                 Session& session) {
  nlohmann::ordered_json based_on = coverage_json(coverage);
  based_on["points"] = points_json(points);
  JsonReport report(session.out, based_on);
  for (const auto& trace : set.traces()) {
    for (const Recording& recording : trace->recordings()) {
      const nlohmann::ordered_json row = recording_json(*trace, recording, counts_of(*trace, recording));
      if (single && coverage.recordings == 1) {
        report.single(row);
      } else {
        report.row(row);
      }
    }
  }
  report.end();
}

}  // namespace

int run_info(const InfoOptions& options, Session& session) {
  TraceSet set;
  std::error_code ignored;
  const bool single = options.sources.size() == 1 && !std::filesystem::is_directory(options.sources[0], ignored);
  PointTable table;
  Coverage counted;
  const auto take = [&](const auto& trace) {
    const RequestViewer viewer(*trace);
    for (std::uint32_t i = 0; i < trace->requests().size(); ++i) {
      session.progress.step("going through requests", i + std::size_t{1}, trace->requests().size());
      count_request(counted, viewer.head(i));
    }
    table.take(*trace);
  };
  if (!read_sources(options.sources, set, session, take)) return session.exit_code;
  Coverage coverage = coverage_of(set);
  add_counted(coverage, counted);
  const std::vector<PointStatistics> points = table.rows();
  if (session.json) {
    report_json(set, coverage, points, single, session);
    return session.exit_code;
  }
  if (coverage.recordings > kInFull) {
    print_list(set, session);
    if (!points.empty()) session.out.line();
  } else {
    for (const auto& trace : set.traces()) {
      for (const Recording& recording : trace->recordings()) print_recording(*trace, recording, session);
    }
  }
  print_points(points, options.all, session);
  session.out.paragraph(coverage_line(coverage), Style::kFaint);
  return session.exit_code;
}

}  // namespace looptape::tools
