// `looptape show REQUEST`; see the header.
#include "tools/command_show.h"

#include <nlohmann/json.hpp>

#include "tools/attribute_text.h"
#include "tools/coverage.h"
#include "tools/format.h"
#include "tools/json_report.h"
#include "tools/json_rows.h"
#include "tools/request_lookup.h"
#include "tools/source_reader.h"
#include "tools/waterfall.h"

namespace looptape::tools {
namespace {

void add(std::string& line, std::string_view label, std::string_view text) {
  if (text.empty()) return;
  line += (line.empty() ? "" : "  ") + std::string(label) + (label.empty() ? "" : " ") + std::string(text);
}

void print_identity(const RequestView& view, Session& session) {
  const RequestHead& head = view.head;
  const dump::Process& process = head.trace->process();
  const bool bad = head.state == RequestState::kFinished && head.status != 0;
  std::string title = "request " + std::to_string(head.number);
  add(title, "", head.kind);
  session.out.parts(
      {{title, Style::kStrong},
       {request_status(head), bad ? Style::kBad : Style::kPlain},
       {(head.state == RequestState::kFinished ? "" : "at least ") + duration_text(head.duration_ns), Style::kStrong},
       {time_text(head.start_wall_ns), Style::kPlain}});
  std::string who;
  if ((head.trace_high | head.trace_low) != 0) add(who, "trace", trace_id_text(head.trace_high, head.trace_low));
  if (head.parent_span != 0) add(who, "parent span", hex_text(head.parent_span));
  add(who, "tenant", head.tenant);
  add(who, "user", head.user.empty() && head.user_hash != 0 ? hex_text(head.user_hash) : head.user);
  add(who, "session", head.session);
  for (const auto& [kind, id] : head.external_ids) add(who, "", kind + "=" + id);
  if (!who.empty()) session.out.paragraph(who);
  std::string where =
      "service " + service_name(process) + "  pid " + std::to_string(process.pid) + "  host " + host_name(process);
  add(where, "version", version_name(process));
  session.out.paragraph(where);
  const std::string attributes = attributes_text(*head.trace, head.trace->attributes_of_request(head.number));
  if (!attributes.empty()) session.out.paragraph(attributes);
}

void print_events(const RequestView& view, Session& session) {
  const Trace& trace = *view.head.trace;
  for (const TraceEvent& event : trace.events_of(view.head.index)) {
    session.out.paragraph("event at " + duration_text(trace.clock().ns(event.at) - trace.clock().ns(view.head.start)) +
                          ": " + trace.name(event.site) + " " +
                          people_number_text(trace.name_text(event.site), event.type, event.value));
  }
}

void say_unknown(const std::string& id, const RequestSearch& search, Session& session) {
  std::string text = "no request " + id + " in what was read";
  const std::vector<std::string> nearest = search.near();
  if (!nearest.empty()) {
    text += "; near it:";
    for (const std::string& near : nearest) text += " " + near;
  } else {
    text += search.seen() == 0 ? ", which holds no request at all" : "; `looptape requests` lists what there is";
  }
  session.problem(text);
}

void say_ambiguous(const std::string& id, const RequestSearch& search, Session& session) {
  std::string text = id + " means " + plural(search.count(), "request") + ":";
  for (const std::string& description : search.descriptions()) text += (text.back() == ':' ? " " : "; ") + description;
  if (search.count() > search.descriptions().size())
    text += "; and " + count_text(search.count() - search.descriptions().size()) + " more";
  session.problem(text + "; name one by its number, its whole trace id or its source");
}

void show_request(const FoundRequest& found, const TraceSet& set, Session& session) {
  const RequestView view = RequestViewer(*found.trace).view(found.request);
  Coverage coverage = coverage_of(set);
  count_request(coverage, view.head);
  if (session.json) {
    JsonReport report(session.out, coverage_json(coverage));
    report.single(request_json(view));
    report.end();
    return;
  }
  print_identity(view, session);
  session.out.line();
  print_waterfall(view, session);
  print_events(view, session);
  session.out.paragraph(coverage_line(coverage), Style::kFaint);
}

}  // namespace

int run_show(const ShowOptions& options, Session& session) {
  // The request comes last, after the sources.
  if (options.arguments.empty()) {
    session.problem("show: which request? give its number, trace id or KIND=ID, as in `looptape show 4711`",
                    kWrongCall);
    return session.exit_code;
  }
  const std::string& id = options.arguments.back();
  const std::vector<std::string> sources(options.arguments.begin(), options.arguments.end() - 1);
  if (request_id_form(id) == RequestIdForm::kNone) {
    const bool source = looks_like_source(id);
    session.problem("show: " + id +
                        (source ? " is a source; the request's id comes after it"
                                : " is no request id: give a number, at least 8 digits of a trace id, or KIND=ID"),
                    kWrongCall);
    return session.exit_code;
  }
  for (const std::string& source : sources) {
    if (!looks_like_source(source) && request_id_form(source) != RequestIdForm::kNone) {
      session.problem("show: one request at a time; " + source + " is not a source", kWrongCall);
      return session.exit_code;
    }
  }
  TraceSet set;
  RequestSearch search(id);
  if (!read_sources(sources, set, session, [&](const auto& trace) { search.take(trace); })) return session.exit_code;
  if (search.count() == 0) say_unknown(id, search, session);
  if (search.count() > 1) say_ambiguous(id, search, session);
  if (search.count() == 1) show_request(search.first(), set, session);
  return session.exit_code;
}

}  // namespace looptape::tools
