// `looptape recover`; see the header.
#include "tools/command_recover.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "dump/process_list.h"
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
    if (!each.damage.empty()) session.problem(each.region + ": " + each.damage + "; what is whole is in the dump");
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
                {"error", json_text_or_null(each.error)},
                {"damage", json_text_or_null(each.damage)}});
    }
    json.end();
    return;
  }
  for (const dump::RegionRecovery& each : recovery.regions) {
    if (each.result == dump::RecoveryResult::kRecovered)
      session.out.line({{each.dump, Style::kStrong}, {"  from " + each.region + ", removed"}});
    if (each.result == dump::RecoveryResult::kEmpty)
      session.out.line(each.region + ": nothing had been recorded; removed");
  }
  session.out.line({{"coverage: " + plural(recovery.regions.size(), "region") + " looked at, " + count_text(recovered) +
                         " made into " + (recovered == 1 ? "a dump" : "dumps") + " and removed",
                     Style::kFaint}});
}

// So many dead regions there are now; somebody may die, or be recovered by somebody else, a moment later.
std::size_t dead_regions(dump::RegionSearch search) {
  search.volatile_ones = false;
  const auto found = dump::find_regions(search);
  return static_cast<std::size_t>(
      std::count_if(found.begin(), found.end(), [](const dump::FoundRegion& region) { return !region.alive; }));
}

// Says which region is being read, and of which process a dump is being written.
class RecoveryProgress {
 public:
  RecoveryProgress(Progress& progress, std::size_t regions) : progress_(progress), regions_(regions) {}
  void next() {
    if (number_ < regions_) ++number_;
    progress_.step("reading the region of a dead process", number_, regions_);
  }
  dump::DumpFunction writer() {
    return [this](const dump::RegionCopy& copy, const dump::Trigger& trigger) {
      const dump::Process process = dump::process_of(copy);
      progress_.step("writing the dump of " + process.service + " pid " + std::to_string(process.pid), number_,
                     regions_);
      return write_service_dump(copy, trigger);
    };
  }

 private:
  Progress& progress_;
  std::size_t number_ = 0;
  const std::size_t regions_;
};

dump::Recovery recover_all(Session& session) {
  dump::RecoverySettings settings;
  settings.search = region_search();
  RecoveryProgress shown(session.progress, dead_regions(settings.search));
  settings.on_region = [&shown] { shown.next(); };
  return dump::recover_dead_regions(settings, shown.writer());
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
    recovery = recover_all(session);
  } else {
    RecoveryProgress shown(session.progress, options.regions.size());
    for (const std::string& region : options.regions) {
      shown.next();
      if (access(region.c_str(), F_OK) != 0 && errno == ENOENT) {
        session.problem(region + ": there is no such region; `looptape ps` lists them");
        continue;
      }
      recovery.regions.push_back(dump::recover_region(region, shown.writer()));
    }
  }
  if (options.all || !recovery.regions.empty() || session.json) report(recovery, session);
  return session.exit_code;
}

}  // namespace looptape::tools
