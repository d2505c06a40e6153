// Draws a request's tree of stages along its time; see the header.
#include "tools/waterfall.h"

#include <algorithm>

#include "looptape/core/kind.h"
#include "tools/attribute_text.h"
#include "tools/format.h"
#include "tools/table.h"

namespace looptape::tools {
namespace {

constexpr std::size_t kBarCells = 32;
constexpr std::size_t kDeepestIndent = 16;  // deeper stages stay there and say their depth

std::string stage_name(const RequestView& view, const ViewStage& stage) {
  const Trace& trace = *view.head.trace;
  std::string name = stage.stage != kNone     ? trace.name(trace.stages()[stage.stage].site)
                     : view.head.kind.empty() ? "(its own record is missing)"
                                              : view.head.kind;
  if (stage.depth <= kDeepestIndent) return std::string(stage.depth * 2, ' ') + name;
  return std::string(kDeepestIndent * 2, ' ') + "(" + std::to_string(stage.depth) + ") " + name;
}

std::string kind_text(const RequestView& view, const ViewStage& stage) {
  if (stage.stage == kNone) return "request";
  const Trace& trace = *view.head.trace;
  return std::string(core::kind_name(trace.kind(trace.stages()[stage.stage].site)));
}

// Most stages have one of slack and drag, or neither; and all of a request is its own drag, which tells nobody
// anything.
std::string slack_text(const ViewStage& stage) { return stage.slack_ns != 0 ? duration_text(stage.slack_ns) : ""; }
std::string drag_text(const ViewStage& stage) {
  return stage.depth != 0 && stage.drag_ns != 0 ? duration_text(stage.drag_ns) : "";
}

std::string thread_text(const Trace& trace, const TraceStage& stage) {
  const dump::Owner* const owner = trace.owner(stage.stream, stage.start);
  if (owner == nullptr) return {};
  return owner->name.empty() ? std::to_string(owner->tid) : thread_name(*owner) + " " + std::to_string(owner->tid);
}

std::string details(const RequestView& view, const ViewStage& shown) {
  if (shown.stage == kNone) return {};
  const Trace& trace = *view.head.trace;
  const TraceStage& stage = trace.stages()[shown.stage];
  std::string text = attributes_text(trace, trace.attributes_of_stage(stage.stream, stage.start));
  if (stage.lost != 0) text += (text.empty() ? "(" : " (") + plural(stage.lost, "attribute") + " lost)";
  return text;
}

Cell status_cell(const RequestView& view, const ViewStage& shown) {
  if (shown.stage == kNone) return {request_status(view.head), Style::kFaint};
  const TraceStage& stage = view.head.trace->stages()[shown.stage];
  if (stage.open != 0) return {"running", Style::kFaint};
  return {stage_status(static_cast<std::uint8_t>(stage.status)), stage.status == 0 ? Style::kPlain : Style::kBad};
}

Cell drawn_bar(const RequestView& view, std::uint32_t stage) {
  Cell cell{bar(view, stage, kBarCells), Style::kBar};
  cell.draw = [&view, stage](std::size_t cells) { return bar(view, stage, cells); };
  return cell;
}

void print_legend(const RequestView& view, Session& session) {
  session.out.paragraph("█ on the critical path: the parts sum to the duration   ░ running beside it", Style::kFaint);
  const auto any = [&](std::string (*text)(const ViewStage&)) {
    return std::any_of(view.stages.begin(), view.stages.end(), [&](const ViewStage& s) { return !text(s).empty(); });
  };
  std::string terms;
  if (any(drag_text)) terms = "drag: without the stage the request would have taken so much less";
  if (any(slack_text)) {
    terms += (terms.empty() ? "" : "   ") + std::string("slack: so much later the stage could have ended at no cost");
  }
  if (!terms.empty()) session.out.paragraph(terms, Style::kFaint);
  if (const std::string sentence = drag_sentence(view); !sentence.empty()) session.out.paragraph(sentence);
}

}  // namespace

std::string bar(const RequestView& view, std::uint32_t stage, std::size_t cells) {
  const std::int64_t whole = view.head.duration_ns;
  if (whole <= 0) return {};
  const auto count = static_cast<__int128>(cells);
  const auto first_cell = [&](std::int64_t at) {
    return static_cast<std::size_t>(std::clamp<__int128>(static_cast<__int128>(at) * count / whole, 0, count - 1));
  };
  // The cell that holds the last instant before `at`.
  const auto last_cell = [&](std::int64_t at) { return first_cell(std::max<std::int64_t>(at - 1, 0)); };
  std::vector<const char*> drawn(cells, " ");
  const ViewStage& own = view.stages[stage];
  if (own.start_ns < whole && own.start_ns + own.duration_ns >= 0) {
    for (std::size_t i = first_cell(own.start_ns);
         i <= std::max(first_cell(own.start_ns), last_cell(own.start_ns + own.duration_ns)); ++i) {
      drawn[i] = "░";
    }
  }
  for (const dump::PathSegment& segment : view.segments) {
    if (segment.stage != stage) continue;
    for (std::size_t i = first_cell(segment.start); i <= last_cell(segment.end); ++i) drawn[i] = "█";
  }
  std::string text;
  for (const char* const cell : drawn) text += cell;
  return text;
}

std::string drag_sentence(const RequestView& view) {
  if (view.head.state != RequestState::kFinished) return {};
  const ViewStage* most = nullptr;   // of the critical path
  const ViewStage* saves = nullptr;  // the most
  for (std::size_t i = 1; i < view.stages.size(); ++i) {
    const ViewStage& leaf = view.stages[i];
    if (i + 1 < view.stages.size() && view.stages[i + 1].parent == i) continue;
    if (most == nullptr || leaf.critical_ns > most->critical_ns) most = &leaf;
    if (saves == nullptr || leaf.drag_ns > saves->drag_ns) saves = &leaf;
  }
  constexpr std::int64_t kTenth = 10;  // less is neither much of the request nor a surprise
  if (most == nullptr || most->critical_ns < view.head.duration_ns / kTenth ||
      most->drag_ns >= most->critical_ns - most->critical_ns / kTenth) {
    return {};
  }
  const Trace& trace = *view.head.trace;
  const auto name = [&](const ViewStage& stage) { return trace.name(trace.stages()[stage.stage].site); };
  std::string text = name(*most) + " has " + duration_text(most->critical_ns) +
                     " of the critical path, but without it the request would have taken ";
  text += most->drag_ns == 0 ? "no less" : "only " + duration_text(most->drag_ns) + " less";
  if (saves->drag_ns > most->drag_ns)
    text += "; without " + name(*saves) + " " + duration_text(saves->drag_ns) + " less";
  return text;
}

void print_waterfall(const RequestView& view, Session& session) {
  const Trace& trace = *view.head.trace;
  // Attributes stay beside their stage while they have room to be read.
  constexpr std::size_t kAttributes = 30;
  Table table({{"STAGE", Align::kLeft, 60, 22},
               {"TIME", Align::kLeft, kBarCells, 10},
               {"START", Align::kRight, 48, 0, false, 7, "start"},
               {"DURATION", Align::kRight, 48, 0, false, 11, "duration"},
               {"CRITICAL", Align::kRight, 48, 0, false, 10, "critical"},
               {"SHARE", Align::kRight, 48, 0, false, 8, "share"},
               {"DRAG", Align::kRight, 48, 0, false, 9, "drag"},
               {"SLACK", Align::kRight, 48, 0, false, 6, "slack"},
               {"SELF", Align::kRight, 48, 0, false, 5, "self"},
               {"STATUS", Align::kLeft, 48, 0, false, 4, "status"},
               {"KIND", Align::kLeft, 48, 0, false, 3, "kind"},
               {"THREAD", Align::kLeft, 200, 8, true, 2, "thread"},
               {"ATTRIBUTES", Align::kLeft, kAnyWidth, kAttributes, true, 1}});
  for (std::uint32_t i = 0; i < view.stages.size(); ++i) {
    const ViewStage& stage = view.stages[i];
    table.row({{stage_name(view, stage), i == 0 ? Style::kStrong : Style::kPlain},
               drawn_bar(view, i),
               duration_text(stage.start_ns),
               duration_text(stage.duration_ns),
               duration_text(stage.critical_ns),
               share_text(stage.critical_ns, view.head.duration_ns),
               drag_text(stage),
               slack_text(stage),
               duration_text(stage.self_ns),
               status_cell(view, stage),
               kind_text(view, stage),
               stage.stage == kNone ? std::string() : thread_text(trace, trace.stages()[stage.stage]),
               details(view, stage)});
  }
  table.print(session.out);
  print_legend(view, session);
}

}  // namespace looptape::tools
