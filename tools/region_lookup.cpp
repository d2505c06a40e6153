// Finds the region of a running process; see the header.
#include "tools/region_lookup.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace looptape::tools {

dump::RegionSearch region_search() {
  dump::RegionSearch search;
  const char* const elsewhere = std::getenv("LOOPTAPE_REGION_DIRECTORY");
  if (elsewhere != nullptr && *elsewhere != '\0') search.shared_memory = elsewhere;
  search.every_user = geteuid() == 0;
  return search;
}

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
  if (kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) {
    return "there is no process " + std::to_string(pid) + "; `looptape ps` lists those that are recorded";
  }
  return who + " does not record, or belongs to somebody else; `looptape ps` lists those that do";
}

}  // namespace looptape::tools
