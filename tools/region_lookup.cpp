// Finds the region of a process; see the header.
#include "tools/region_lookup.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "core/process_identity.h"
#include "dump/region_process.h"

namespace looptape::tools {

dump::RegionSearch region_search() {
  dump::RegionSearch search;
  const char* const elsewhere = std::getenv("LOOPTAPE_REGION_DIRECTORY");
  if (elsewhere != nullptr && *elsewhere != '\0') search.shared_memory = elsewhere;
  search.every_user = geteuid() == 0;
  return search;
}

namespace {

// The newest region of an ended process of that id, which started then (0: whenever).
bool left_behind(std::uint64_t pid, std::uint64_t started, RegionFound* found) {
  std::int64_t newest = 0;
  for (const dump::FoundRegion& region : dump::find_regions(region_search())) {
    if (region.pid != pid || region.state != dump::RecordingState::kDead || region.is_foreign || region.problem)
      continue;
    if ((started != 0 && region.start_time != started) || (found->dead && region.modified < newest)) continue;
    *found = {region.path, region.service, true};
    newest = region.modified;
  }
  return found->dead;
}

}  // namespace

std::string find_region(std::uint64_t pid, RegionFound* found) {
  const auto region = dump::find_region_of(pid, region_search());
  const std::string who = "process " + std::to_string(pid);
  if (region) {
    if (region->state == dump::RecordingState::kUnrecorded) return who + " does not record: " + region->notice;
    if (region->problem) return who + ": its region cannot be read: " + region->problem.text;
    found->path = region->path;
    found->service = region->service;
    return {};
  }
  const bool exists = kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH;
  const std::uint64_t started = core::process_start_time(pid);
  if (!exists || (started != 0 && !dump::process_runs(pid, started, core::boot_id()))) {
    if (left_behind(pid, exists ? started : 0, found)) return {};
    if (exists) return who + " has ended, and left no region; `looptape ps` lists what there is";
    return "there is no process " + std::to_string(pid) + "; `looptape ps` lists those that are recorded";
  }
  return who + " does not record, or belongs to somebody else; `looptape ps` lists those that do";
}

}  // namespace looptape::tools
