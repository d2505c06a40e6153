// `looptape requests`; see the header.
#include "tools/command_requests.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "tools/attribute_text.h"
#include "tools/coverage.h"
#include "tools/filter_keys.h"
#include "tools/filter_values.h"
#include "tools/format.h"
#include "tools/json_report.h"
#include "tools/json_rows.h"
#include "tools/source_reader.h"
#include "tools/spool.h"
#include "tools/table.h"

namespace looptape::tools {
namespace {

using Cells = std::vector<Cell>;

std::string external_text(const RequestHead& head) {
  std::string text;
  for (const auto& [kind, id] : head.external_ids) text += (text.empty() ? "" : " ") + kind + "=" + id;
  return text;
}

// The name whose stages, or the request's own time, have the largest part of the critical path, and that part.
std::string heaviest(const RequestView& view) {
  const Trace& trace = *view.head.trace;
  std::map<std::uint16_t, std::int64_t> parts;  // by name
  for (const ViewStage& stage : view.stages) parts[trace.stages()[stage.stage].site] += stage.critical_ns;
  const auto most =
      std::max_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == parts.end() || most->second == 0) return {};
  return trace.name(most->first) + " " + share_text(most->second, view.head.duration_ns);
}

Style status_style(const RequestHead& head) {
  if (head.state != RequestState::kFinished) return Style::kFaint;
  return head.status == 0 ? Style::kPlain : Style::kBad;
}

Cells cells_of(const RequestView& view) {
  const RequestHead& head = view.head;
  const dump::Process& process = head.trace->process();
  return {std::to_string(head.number),
          time_text(head.start_wall_ns),
          (head.state == RequestState::kFinished ? "" : ">") + duration_text(head.duration_ns),
          {request_status(head), status_style(head)},
          head.kind,
          head.tenant,
          external_text(head),
          heaviest(view),
          (head.trace_high | head.trace_low) != 0 ? trace_id_text(head.trace_high, head.trace_low).substr(0, 16) : "",
          service_name(process) + ":" + std::to_string(process.pid)};
}

// Collects the lines that will be shown: all of them, or the slowest so far.
class Listing {
 public:
  Listing(const RequestsOptions& options, Session& session)
      : options_(options),
        progress_(session.progress),
        json_(session.json),
        keys_(options.filter),
        values_(options.filter) {}

  void take(const Trace& trace) {
    keys_.take(trace);
    RequestViewer viewer(trace);
    for (std::uint32_t i = 0; i < trace.requests().size(); ++i) {
      progress_.step("going through requests", i + std::size_t{1}, trace.requests().size());
      const RequestHead head = viewer.head(i);
      values_.see(head);
      if (!options_.filter.accepts(head)) {
        ++counted_.left_out;
        continue;
      }
      count_request(counted_, head);
      Line line{head.start_wall_ns, head.duration_ns, arrived_++, {}, {}, 0, 0};
      if (options_.slowest != 0 && lines_.size() == options_.slowest && !slower(line, lines_.front())) continue;
      fill(line, viewer.view(i));
      lines_.push_back(std::move(line));
      if (options_.slowest == 0) continue;
      std::push_heap(lines_.begin(), lines_.end(), slower);
      if (lines_.size() <= options_.slowest) continue;
      std::pop_heap(lines_.begin(), lines_.end(), slower);
      lines_.pop_back();
    }
  }

  // In the order in which they are shown.
  void order() {
    progress_.step("sorting " + plural(lines_.size(), "request"));
    const auto earlier = [](const Line& a, const Line& b) {
      return a.start_wall_ns != b.start_wall_ns ? a.start_wall_ns < b.start_wall_ns : a.arrived < b.arrived;
    };
    std::sort(lines_.begin(), lines_.end(), options_.slowest != 0 ? slower : +earlier);
  }

  const Coverage& counted() const { return counted_; }
  void say_unknown(Session& session) const {
    keys_.say_unknown("requests", session);
    values_.say_unknown("requests", session);
  }
  void print(bool several_processes, Session& session) const;
  bool report(JsonReport& report) const;

 private:
  struct Line {
    std::int64_t start_wall_ns = 0, duration_ns = 0;
    std::uint64_t arrived = 0;
    Cells cells;
    std::string json;
    std::uint64_t offset = 0, bytes = 0;  // in the spool
  };

  // Of two as slow, the earlier comes first.
  static bool slower(const Line& a, const Line& b) {
    if (a.duration_ns != b.duration_ns) return a.duration_ns > b.duration_ns;
    return a.start_wall_ns != b.start_wall_ns ? a.start_wall_ns < b.start_wall_ns : a.arrived < b.arrived;
  }

  void fill(Line& line, const RequestView& view) {
    if (!json_) {
      line.cells = cells_of(view);
    } else if (options_.slowest != 0) {
      line.json = JsonReport::text(request_json(view));
    } else {
      const std::string text = JsonReport::text(request_json(view));
      line.offset = spool_.append(text);
      line.bytes = text.size();
    }
  }

  const RequestsOptions& options_;
  Progress& progress_;
  const bool json_;
  FilterKeys keys_;
  FilterValues values_;
  Coverage counted_;
  std::vector<Line> lines_;  // of the slowest: a heap, the least slow in front
  std::uint64_t arrived_ = 0;
  Spool spool_;  // documents of all requests: more than memory should hold
};

void Listing::print(bool several_processes, Session& session) const {
  constexpr std::size_t kWords = 200;  // of a name and the figure after it, which must not be cut with it
  Table table({{"REQUEST", Align::kRight},
               {"START", Align::kLeft, 48, 0, false, 7, "start"},
               {"DURATION", Align::kRight, 48, 0, false, 9, "duration"},
               {"STATUS", Align::kLeft, 48, 0, false, 8, "status"},
               {"KIND", Align::kLeft, 48, 8, false, 5, "kind"},
               {"TENANT", Align::kLeft, 48, 8, false, 4, "tenant"},
               {"IDS", Align::kLeft, kWords, 16, true, 3},
               {"MOST OF IT IN", Align::kLeft, kWords, 16, true, 6, "most of it in"},
               {"TRACE", Align::kLeft, 48, 0, false, 1, "trace"},
               {"PROCESS", Align::kLeft, kWords, 12, true, 2, "process"}});
  for (const Line& line : lines_) {
    Cells cells = line.cells;
    if (!several_processes) cells.back().text.clear();
    table.row(std::move(cells));
  }
  table.print(session.out);
}

bool Listing::report(JsonReport& report) const {
  for (const Line& line : lines_) {
    if (options_.slowest != 0) {
      report.row_text(line.json);
      continue;
    }
    const auto text = spool_.read(line.offset, line.bytes);
    if (!text) return false;
    report.row_text(*text);
  }
  return true;
}

}  // namespace

int run_requests(const RequestsOptions& options, Session& session) {
  TraceSet set;
  Listing listing(options, session);
  if (!read_sources(options.sources, set, session, [&](const auto& trace) { listing.take(*trace); })) {
    return session.exit_code;
  }
  listing.say_unknown(session);
  listing.order();
  Coverage coverage = coverage_of(set);
  add_counted(coverage, listing.counted());
  if (const std::string outside = outside_text(coverage, options.filter.since_wall_ns, options.filter.until_wall_ns);
      !outside.empty())
    session.problem("requests: " + outside);
  if (session.json) {
    JsonReport report(session.out, coverage_json(coverage));
    if (!listing.report(report)) session.problem("the temporary file of the rows cannot be read or written");
    report.end();
    return session.exit_code;
  }
  listing.print(set.traces().size() > 1, session);
  session.out.paragraph(coverage_line(coverage), Style::kFaint);
  return session.exit_code;
}

}  // namespace looptape::tools
