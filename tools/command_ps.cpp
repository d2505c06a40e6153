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

std::string state_of(const dump::FoundRegion& region) {
  if (!readable(region)) return region.alive ? "unreadable" : "dead, unreadable";
  return region.alive ? "recording" : "dead";
}

std::string remarks(const dump::FoundRegion& region) {
  std::string text;
  const auto add = [&](const std::string& remark) { text += (text.empty() ? "" : "; ") + remark; };
  if (region.is_volatile) add("volatile: dies with the process");
  if (readable(region) && (word(region, core::header::kFlags) & core::kFlagShrunk) != 0) {
    add("smaller than was asked for");
  }
  if (region.problem) add(region.problem.text);
  return text;
}

Json row_json(const dump::FoundRegion& region) {
  Json row;
  row["service"] = json_text(region.service);
  row["pid"] = region.pid;
  row["uid"] = region.uid;
  row["state"] = !readable(region) ? "unreadable" : region.alive ? "recording" : "dead";
  row["alive"] = region.alive;
  row["region"] = json_text(region.path);
  row["region_bytes"] = region.bytes;
  row["volatile"] = region.is_volatile;
  if (readable(region)) {
    row["shrunk"] = (word(region, core::header::kFlags) & core::kFlagShrunk) != 0;
    row["window_ns"] = word(region, core::header::kWindow);
    row["started"] = exact_time_text(static_cast<std::int64_t>(word(region, core::header::kAnchorWall)));
    row["dumps_written"] = word(region, core::header::kDumpsWritten);
    row["dumps_failed"] = word(region, core::header::kDumpsFailed);
  }
  row["problem"] = json_text_or_null(region.problem.text);
  return row;
}

void print(const std::vector<dump::FoundRegion>& regions, const dump::RegionSearch& search, Session& session) {
  Table table({{"SERVICE", Align::kLeft, 48, 10},
               {"PID", Align::kRight},
               {"STATE"},
               {"RECORDING SINCE", Align::kLeft, 48, 0, false, 6, "recording since"},
               {"WINDOW", Align::kRight, 48, 0, false, 5, "window"},
               {"REGION", Align::kRight, 48, 0, false, 4, "region"},
               {"DUMPS", Align::kRight, 48, 0, false, 3, "dumps"},
               {"PATH", Align::kLeft, kAnyWidth, 30, true, 2},
               {"REMARKS", Align::kLeft, kAnyWidth, 20, true, 1}});
  std::uint64_t recording = 0, dead = 0;
  for (const dump::FoundRegion& region : regions) {
    ++(region.alive ? recording : dead);
    const bool known = readable(region);
    table.row({region.service,
               std::to_string(region.pid),
               {state_of(region), region.alive ? Style::kPlain : Style::kBad},
               known ? time_text(static_cast<std::int64_t>(word(region, core::header::kAnchorWall))) : std::string(),
               known ? duration_text(static_cast<std::int64_t>(word(region, core::header::kWindow))) : std::string(),
               bytes_text(region.bytes),
               known ? count_text(word(region, core::header::kDumpsWritten)) : std::string(),
               region.path,
               remarks(region)});
  }
  table.print(session.out);
  std::string text = "coverage: " + plural(recording, "process", "processes") + " recording and " +
                     plural(dead, "region") + " of dead ones, " +
                     (search.every_user ? "of every user" : "of this user alone") + ", in " + search.shared_memory +
                     " and /proc";
  if (dead != 0) text += "; `looptape recover --all` makes dumps of the dead ones";
  session.out.paragraph(text, Style::kFaint);
}

}  // namespace

int run_ps(const PsOptions&, Session& session) {
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
