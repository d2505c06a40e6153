// Where the dumps of a service go; see the header.
#include "tools/service_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/disk_limits.h"
#include "core/service_name.h"
#include "core/setting_range.h"
#include "dump/disk_budget.h"
#include "dump/dump_writer.h"
#include "tools/source.h"

namespace looptape::tools {
namespace {

namespace fs = std::filesystem;

// What the environment says of a limit; what is wrong with that is the first `*problem`.
struct Said {
  std::uint64_t value;
  bool set;
};
Said said(const core::DiskLimit& limit, std::string* problem) {
  const std::string variable = core::variable_of(limit.setting);
  const char* const text = std::getenv(variable.c_str());
  std::int64_t value = limit.usual;
  const bool set = text != nullptr;
  if (set) {
    const std::string wrong = core::read_setting(variable, text, limit.range, &value);
    if (problem->empty()) *problem = wrong;
  }
  return {static_cast<std::uint64_t>(value), set};
}

dump::DiskState tapes_in(const std::string& directory) {
  dump::OutputDirectory place;
  if (place.open_existing(directory)) return {};
  return dump::look_at_disk(place);
}

// A recorder that was given wider limits by its program has more there already than the usual ones allow: that is then
// the limit, and as much goes as the new dump needs.  For its age a dump goes only when that is said.
std::string set_limits(dump::DumpWriterSettings& settings) {
  std::string problem;
  const Said bytes = said(core::kDiskBytes, &problem), files = said(core::kDiskFiles, &problem),
             age = said(core::kDiskAge, &problem), floor = said(core::kDiskFreeFloor, &problem);
  if (!problem.empty()) return problem;
  const dump::DiskState there = tapes_in(settings.directory);
  settings.max_bytes = bytes.set ? bytes.value : std::max(bytes.value, there.bytes);
  settings.max_files = files.set ? files.value : std::max(files.value, there.files);
  settings.free_floor = floor.value;
  if (age.set) settings.max_age_seconds = (age.value + 999'999'999) / 1'000'000'000;
  return {};
}

// The name comes from the region, which anybody may have written: nothing of it reaches the file system unless a
// recorder could have been called so.
std::string directory_of_service(const dump::RegionCopy& copy) {
  const std::string service = dump::process_of(copy).service;
  return default_directory() + "/" + (core::service_name_is_legal(service) ? service : "unknown");
}

// Empty, or that its entries may not survive a loss of power.
std::string sync_directory(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP);
  const int error = errno;
  if (fd >= 0) close(fd);
  return synced ? std::string()
                : "fsync " + directory + ": " + std::strerror(error) +
                      "; it is in place, but may not survive a power loss";
}

}  // namespace

dump::DumpOutcome write_service_dump(const dump::RegionCopy& copy, const dump::Trigger& trigger) {
  dump::DumpWriterSettings settings;
  settings.directory = directory_of_service(copy);
  if (const std::string problem = set_limits(settings); !problem.empty()) return {{}, problem, true};
  return dump::DumpWriter(settings).write(copy, trigger);
}

dump::DumpOutcome write_dump_as(const std::string& path, const dump::RegionCopy& copy, const dump::Trigger& trigger) {
  const fs::path parent = fs::path(path).parent_path();
  const std::string place = parent.empty() ? "." : parent.string();
  // Dumps are written into directories that are nobody else's: one of our own beside the wanted file.
  std::string own = place + "/.looptape-XXXXXX";
  if (mkdtemp(own.data()) == nullptr) return {{}, "cannot write into " + place + ": " + std::strerror(errno), false};
  dump::DumpWriterSettings settings;
  settings.directory = own;
  dump::DumpOutcome outcome = dump::DumpWriter(settings).write(copy, trigger);
  // A second link to the finished dump makes it the wanted file or fails; it never replaces one.
  if (!outcome.path.empty() && link(outcome.path.c_str(), path.c_str()) != 0) {
    outcome = {{}, "cannot make " + path + ": " + std::strerror(errno), false};
  } else if (!outcome.path.empty()) {
    outcome.error = sync_directory(place);
    outcome.path = path;
  }
  std::error_code ignored;
  fs::remove_all(own, ignored);
  return outcome;
}

}  // namespace looptape::tools
