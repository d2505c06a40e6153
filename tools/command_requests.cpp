// `looptape requests`; see the header.
#include "tools/command_requests.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/coverage.h"
#include "tools/format.h"
#include "tools/json_report.h"
#include "tools/json_rows.h"
#include "tools/source_reader.h"
#include "tools/table.h"

namespace looptape::tools {
namespace {

// Enough to order requests without holding their texts.
struct Listed {
  std::uint32_t trace = 0, request = 0;
  std::int64_t start_wall_ns = 0, duration_ns = 0;
};

std::vector<Listed> list(const RequestsOptions& options, const TraceSet& set, Coverage& coverage) {
  std::vector<Listed> listed;
  for (std::uint32_t t = 0; t < set.traces().size(); ++t) {
    const Trace& trace = *set.traces()[t];
    const RequestViewer viewer(trace);
    for (std::uint32_t i = 0; i < trace.requests().size(); ++i) {
      const RequestHead head = viewer.head(i);
      if (!options.filter.accepts(head)) {
        ++coverage.left_out;
        continue;
      }
      count_request(coverage, head);
      listed.push_back({t, i, head.start_wall_ns, head.duration_ns});
    }
  }
  std::stable_sort(listed.begin(), listed.end(),
                   [](const Listed& a, const Listed& b) { return a.start_wall_ns < b.start_wall_ns; });
  if (options.slowest != 0) {
    std::stable_sort(listed.begin(), listed.end(),
                     [](const Listed& a, const Listed& b) { return a.duration_ns > b.duration_ns; });
    if (listed.size() > options.slowest) listed.resize(options.slowest);
  }
  return listed;
}

std::string external_text(const RequestHead& head) {
  std::string text;
  for (const auto& [kind, id] : head.external_ids) text += (text.empty() ? "" : " ") + kind + "=" + id;
  return text;
}

// The stage with the largest part of the critical path, and that part.
std::string heaviest(const RequestView& view) {
  const ViewStage* most = nullptr;
  for (const ViewStage& stage : view.stages) {
    if (stage.depth > 0 && (most == nullptr || stage.critical_ns > most->critical_ns)) most = &stage;
  }
  if (most == nullptr || most->critical_ns == 0) return {};
  const Trace& trace = *view.head.trace;
  return trace.name(trace.stages()[most->stage].site) + " " + share_text(most->critical_ns, view.head.duration_ns);
}

Style status_style(const RequestHead& head) {
  if (head.state != RequestState::kFinished) return Style::kFaint;
  return head.status == 0 ? Style::kPlain : Style::kBad;
}

void print_table(const std::vector<Listed>& listed, const TraceSet& set,
                 const std::vector<std::unique_ptr<RequestViewer>>& viewers, Session& session) {
  Table table({{"REQUEST", Align::kRight},
               {"START"},
               {"DURATION", Align::kRight},
               {"STATUS"},
               {"KIND", Align::kLeft, 48, 8, false, 5, "kind"},
               {"TENANT", Align::kLeft, 48, 8, false, 4, "tenant"},
               {"IDS", Align::kLeft, 200, 16, true, 3},
               {"MOST OF IT IN", Align::kLeft, 48, 16, false, 6, "most of it in"},
               {"TRACE", Align::kLeft, 48, 0, false, 1, "trace"},
               {"PROCESS", Align::kLeft, 48, 12, false, 2, "process"}});
  for (const Listed& each : listed) {
    const RequestView view = viewers[each.trace]->view(each.request);
    const RequestHead& head = view.head;
    const dump::Process& process = head.trace->process();
    table.row(
        {std::to_string(head.number),
         time_text(head.start_wall_ns),
         (head.state == RequestState::kFinished ? "" : ">") + duration_text(head.duration_ns),
         {request_status(head), status_style(head)},
         head.kind,
         head.tenant,
         external_text(head),
         heaviest(view),
         (head.trace_high | head.trace_low) != 0 ? trace_id_text(head.trace_high, head.trace_low).substr(0, 16) : "",
         set.traces().size() > 1 ? process.service + ":" + std::to_string(process.pid) : std::string()});
  }
  table.print(session.out);
}

}  // namespace

void show_requests(const RequestsOptions& options, const TraceSet& set, Session& session) {
  Coverage coverage = coverage_of(set);
  const std::vector<Listed> listed = list(options, set, coverage);
  std::vector<std::unique_ptr<RequestViewer>> viewers;
  for (const auto& trace : set.traces()) viewers.push_back(std::make_unique<RequestViewer>(*trace));
  if (session.json) {
    JsonReport report(session.out, coverage_json(coverage));
    for (const Listed& each : listed) report.row(request_json(viewers[each.trace]->view(each.request)));
    report.end();
    return;
  }
  print_table(listed, set, viewers, session);
  session.out.paragraph(coverage_line(coverage), Style::kFaint);
}

int run_requests(const RequestsOptions& options, Session& session) {
  TraceSet set;
  if (read_sources(options.sources, set, session)) show_requests(options, set, session);
  return session.exit_code;
}

}  // namespace looptape::tools
