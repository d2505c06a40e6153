// Finds the region of a running process; see the header.
#include "tools/region_lookup.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "dump/process_list.h"

namespace looptape::tools {

std::string find_region(std::uint64_t pid, RegionFound* found) {
  dump::RegionSearch search;
  search.every_user = geteuid() == 0;
  const auto region = dump::find_region_of(pid, search);
  const std::string who = "process " + std::to_string(pid);
  if (region) {
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
