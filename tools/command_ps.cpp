// `looptape ps`; see the header.
#include "tools/command_ps.h"

#include <nlohmann/json.hpp>

#include "dump/process_list.h"
#include "tools/format.h"
#include "tools/json_report.h"
#include "tools/region_lookup.h"
#include "tools/table.h"

namespace looptape::tools {
namespace {

using Json = nlohmann::ordered_json;

bool readable(const dump::FoundRegion& region) { return !region.problem; }

std::uint64_t word(const dump::FoundRegion& region, std::size_t index) { return region.header[index]; }

const char* state_key(const dump::FoundRegion& region) {
  switch (region.state) {
    case dump::RecordingState::kRecording:
      return "recording";
    case dump::RecordingState::kPaused:
      return "paused";
    case dump::RecordingState::kStopped:
      return "stopped";
    case dump::RecordingState::kUnrecorded:
      return "unrecorded";
    case dump::RecordingState::kDead:
      return "dead";
    case dump::RecordingState::kUnreadable:
      break;
  }
  return "unreadable";
}

std::string state_text(const dump::FoundRegion& region) {
  if (region.state == dump::RecordingState::kUnreadable && !region.alive) return "dead, unreadable";
  return state_key(region);
}

std::string remarks(const dump::FoundRegion& region) {
  std::string text;
  const auto add = [&](const std::string& remark) { text += (text.empty() ? "" : "; ") + remark; };
  const auto flag = [&](core::RegionFlags which) {
    return readable(region) && (word(region, core::header::kFlags) & which) != 0;
  };
  if (region.state == dump::RecordingState::kStopped) add("recording stopped itself: a broken invariant");
  if (region.is_foreign) add("its process id is of another pid namespace");
  // What the recorder said of itself at its start tells more than the flags that go with it.
  if (!region.notice.empty()) {
    add(region.notice);
  } else {
    if (region.is_volatile) add("volatile: dies with the process");
    if (flag(core::kFlagShrunk)) add("smaller than was asked for");
    if (region.problem) add(region.problem.text);
  }
  return text;
}

Json row_json(const dump::FoundRegion& region) {
  Json row;
  row["service"] = json_text(region.service);
  row["pid"] = region.pid;
  row["uid"] = region.uid;
  row["state"] = state_key(region);
  row["alive"] = region.alive;
  row["region"] = json_text(region.path);
  row["region_bytes"] = region.bytes;
  row["volatile"] = region.is_volatile;
  row["other_pid_namespace"] = region.is_foreign;
  if (readable(region)) {
    row["shrunk"] = (word(region, core::header::kFlags) & core::kFlagShrunk) != 0;
    row["window_ns"] = word(region, core::header::kWindow);
    row["started"] = exact_time_text(static_cast<std::int64_t>(word(region, core::header::kAnchorWall)));
    row["dumps_written"] = word(region, core::header::kDumpsWritten);
    row["dumps_failed"] = word(region, core::header::kDumpsFailed);
  }
  row["notice"] = json_text_or_null(region.notice);
  row["problem"] = json_text_or_null(region.problem.text);
  return row;
}

void print(const std::vector<dump::FoundRegion>& regions, const dump::RegionSearch& search, Session& session) {
  Table table({{"SERVICE", Align::kLeft, 48, 10},
               {"PID", Align::kRight, 48, 0, false, 8, "pid"},
               {"STATE", Align::kLeft, 48, 0, false, 7, "state"},
               {"RECORDING SINCE", Align::kLeft, 48, 0, false, 6, "recording since"},
               {"WINDOW", Align::kRight, 48, 0, false, 5, "window"},
               {"REGION", Align::kRight, 48, 0, false, 4, "region"},
               {"OWN DUMPS", Align::kRight, 48, 0, false, 3, "own dumps"},
               {"PATH", Align::kLeft, kAnyWidth, 30, true, 2},
               {"REMARKS", Align::kLeft, kAnyWidth, 20, true, 1}});
  std::uint64_t recording = 0, silent = 0, dead = 0;
  for (const dump::FoundRegion& region : regions) {
    const bool unrecorded = region.state == dump::RecordingState::kUnrecorded;
    ++(unrecorded ? silent : region.alive ? recording : dead);
    const bool known = readable(region);
    const bool fine = region.state == dump::RecordingState::kRecording || region.state == dump::RecordingState::kPaused;
    table.row({region.service,
               std::to_string(region.pid),
               {state_text(region), fine ? Style::kPlain : Style::kBad},
               known ? time_text(static_cast<std::int64_t>(word(region, core::header::kAnchorWall))) : std::string(),
               known ? duration_text(static_cast<std::int64_t>(word(region, core::header::kWindow))) : std::string(),
               unrecorded ? std::string() : bytes_text(region.bytes),
               known ? count_text(word(region, core::header::kDumpsWritten)) : std::string(),
               region.path,
               remarks(region)});
  }
  table.print(session.out);
  std::string text = "coverage: " + plural(recording, "process", "processes") + " recording, " + count_text(silent) +
                     " that could not or shall not, and " + plural(dead, "region") + " of dead ones, " +
                     (search.every_user ? "of every user" : "of this user alone") + ", in " + search.shared_memory +
                     " and /proc";
  if (dead != 0) text += "; `looptape recover --all` makes dumps of the dead ones";
  session.out.paragraph(text, Style::kFaint);
}

}  // namespace

int run_ps(Session& session) {
  const dump::RegionSearch search = region_search();
  const std::vector<dump::FoundRegion> regions = dump::find_regions(search);
  if (!session.json) {
    print(regions, search, session);
    return session.exit_code;
  }
  JsonReport report(session.out, {{"searched", json_text(search.shared_memory)}, {"every_user", search.every_user}});
  for (const dump::FoundRegion& region : regions) report.row(row_json(region));
  report.end();
  return session.exit_code;
}

}  // namespace looptape::tools
