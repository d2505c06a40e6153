// `looptape recover`; see the header.

#include "tools/command_recover.h"
#include <unistd.h>
#include <cerrno>
#include <nlohmann/json.hpp>
#include "dump/recover.h"
#include "tools/format.h"
#include "tools/json_report.h"
#include "tools/region_lookup.h"
#include "tools/service_directory.h"

namespace looptape::tools {
namespace {

const char* result_name(dump::RecoveryResult result) {
  switch (result) {
    case dump::RecoveryResult::kRecovered:
      return "recovered";
    case dump::RecoveryResult::kAlive:
      return "alive";
    case dump::RecoveryResult::kClaimed:
      return "claimed";
    case dump::RecoveryResult::kEmpty:
      return "empty";
    case dump::RecoveryResult::kFailed:
      return "failed";
  }
  return "failed";
}

// What there is to say on stderr; empty: nothing went wrong.
std::string problem_of(const dump::RegionRecovery& recovery) {
  switch (recovery.result) {
    case dump::RecoveryResult::kAlive:
      return recovery.region + ": its process runs; `looptape dump PID` makes a dump of it";
    case dump::RecoveryResult::kClaimed:
      return recovery.region + ": somebody else is recovering it, or has just done so";
    case dump::RecoveryResult::kFailed:
      return recovery.region + ": not recovered, and kept: " + recovery.error;
    default:
      return {};
  }
}

void report(const dump::Recovery& recovery, Session& session) {
  for (const dump::RegionRecovery& each : recovery.regions) {
    if (each.result == dump::RecoveryResult::kRecovered && !each.error.empty()) {
      session.remark(each.dump + ": " + each.error);
    } else if (const std::string problem = problem_of(each); !problem.empty()) {
      session.problem(problem);
    }
  }
  for (const std::string& removed : recovery.removed) {
    session.problem(removed + ": removed without a dump: too many regions of dead processes had piled up");
  }
  std::uint64_t recovered = 0, empty = 0;
  for (const dump::RegionRecovery& each : recovery.regions) {
    recovered += each.result == dump::RecoveryResult::kRecovered;
    empty += each.result == dump::RecoveryResult::kEmpty;
  }
  if (session.json) {
    JsonReport json(session.out, {{"regions", recovery.regions.size()},
                                  {"recovered", recovered},
                                  {"empty", empty},
                                  {"removed_unread", recovery.removed.size()}});
    for (const dump::RegionRecovery& each : recovery.regions) {
      json.row({{"region", json_text(each.region)},
                {"result", result_name(each.result)},
                {"dump", json_text_or_null(each.dump)},
                {"error", json_text_or_null(each.error)}});
    }
    json.end();
    return;
  }
  for (const dump::RegionRecovery& each : recovery.regions) {
    if (each.result == dump::RecoveryResult::kRecovered)
      session.out.line({{each.dump, Style::kStrong}, {"  from " + each.region}});
    if (each.result == dump::RecoveryResult::kEmpty)
      session.out.line(each.region + ": nothing had been recorded; removed");
  }
  session.out.line({{"coverage: " + plural(recovery.regions.size(), "region") + " of dead processes seen, " +
                         count_text(recovered) + " made into " + (recovered == 1 ? "a dump" : "dumps"),
                     Style::kFaint}});
}

}  // namespace

int run_recover(const RecoverOptions& options, Session& session) {
  if (!options.all && options.regions.empty()) {
    session.problem("recover: which region? `looptape ps` lists them, --all takes every one of a dead process",
                    kWrongCall);
    return session.exit_code;
  }
  if (options.all && !options.regions.empty()) {
    session.problem("recover: --all takes every region of a dead process; leave it or the regions out", kWrongCall);
    return session.exit_code;
  }
  dump::Recovery recovery;
  if (options.all) {
    dump::RecoverySettings settings;
    settings.search = region_search();
    recovery = dump::recover_dead_regions(settings, write_service_dump);
  } else {
    for (const std::string& region : options.regions) {
      if (access(region.c_str(), F_OK) != 0 && errno == ENOENT) {
        session.problem(region + ": there is no such region; `looptape ps` lists them");
        continue;
      }
      recovery.regions.push_back(dump::recover_region(region, write_service_dump));
    }
  }
  report(recovery, session);
  return session.exit_code;
}

}  // namespace looptape::tools
