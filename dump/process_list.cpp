// Regions in shared memory and in /proc, and whose they are: see process_list.h.
#include "dump/process_list.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <tuple>

#include "core/process_identity.h"
#include "core/region_lock.h"
#include "dump/region_process.h"
#include "dump/region_reader.h"

namespace looptape::dump {
namespace {

namespace fs = std::filesystem;
namespace header = core::header;

constexpr std::string_view kMemoryLink = "/memfd:looptape";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// Names of a directory's entries; none when it cannot be read.
std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

RecordingState state_of(const FoundRegion& found) {
  if (found.problem.fault == RegionFault::kUnrecorded)
    return found.alive ? RecordingState::kUnrecorded : RecordingState::kDead;
  if (found.problem) return RecordingState::kUnreadable;
  if (!found.alive) return RecordingState::kDead;
  if (found.header[header::kLosses + static_cast<std::size_t>(core::Loss::kBrokenInvariant)] != 0)
    return RecordingState::kStopped;
  const bool paused = found.header[header::kState] == static_cast<std::uint64_t>(core::RegionState::kPaused);
  return paused ? RecordingState::kPaused : RecordingState::kRecording;
}

// Reads what a region says of itself; of one that cannot be read, its name counts.
void describe(FoundRegion& found, RegionReader& reader, const RegionError& error) {
  found.problem = error;
  found.bytes = reader.file_bytes();
  struct stat status {};
  if (::fstat(reader.descriptor(), &status) == 0) {
    found.uid = status.st_uid;
    found.modified = status.st_mtime;
  }
  if (!error || error.fault == RegionFault::kUnrecorded) {
    found.header = reader.header();
    found.service = text_of(&found.header[header::kService], 8 * core::kWordBytes, true);
    found.pid = found.header[header::kPid];
    found.start_time = found.header[header::kProcessStart];
    found.notice = text_of(&found.header[header::kNotice], core::kNoticeBytes, true);
    found.is_foreign = in_foreign_namespace(found.header);
    found.alive = recorder_lives(reader.descriptor(), found.header);
  } else {
    // A name tells nothing of the boot; shared memory does not outlive one anyway.
    found.alive = core::region_holder(reader.descriptor()) == core::RegionHolder::kRecorder ||
                  process_runs(found.pid, found.start_time, core::boot_id());
  }
  found.state = state_of(found);
}

void find_files(const RegionSearch& search, std::vector<FoundRegion>* all) {
  const std::string own = std::string(kRegionDirectoryPrefix) + std::to_string(::geteuid());
  for (const std::string& directory : names_in(search.shared_memory)) {
    if (!directory.starts_with(kRegionDirectoryPrefix)) continue;
    if (directory != own && !search.every_user) continue;
    for (const std::string& name : names_in(search.shared_memory + "/" + directory)) {
      const std::optional<RegionName> told = parse_region_name(name);
      if (!told || (!search.service.empty() && told->service != search.service)) continue;
      FoundRegion found;
      found.path = search.shared_memory + "/" + directory + "/" + name;
      found.service = told->service;
      found.pid = told->pid;
      found.start_time = told->start_time;
      const int descriptor = open_region_file(found.path);
      if (descriptor <
          0) {  // gone meanwhile, or nothing that a recorder made; unless it is us who cannot open anything
        if (errno != EMFILE && errno != ENFILE && errno != ENOMEM) continue;
        found.problem = {RegionFault::kCannotOpen, std::string("cannot open it: ") + std::strerror(errno)};
        found.alive = process_runs(found.pid, found.start_time, core::boot_id());
        found.state = state_of(found);
        all->push_back(std::move(found));
        continue;
      }
      RegionReader reader;
      const RegionError error = reader.adopt(descriptor);
      describe(found, reader, error);
      all->push_back(std::move(found));
    }
  }
}

// A region's file that lies elsewhere than where the search looks: a recorder holds it open.
bool is_region_elsewhere(const fs::path& target, const RegionSearch& search) {
  return target.parent_path().filename().string().starts_with(kRegionDirectoryPrefix) &&
         target.parent_path().parent_path() != search.shared_memory &&
         parse_region_name(target.filename().string()).has_value();
}

// One process may have inherited the memory of another: the recorder's own entry comes first, each memory counts once.
void find_memory_of(std::uint64_t pid, const RegionSearch& search, std::vector<std::pair<ino_t, FoundRegion>>* all) {
  const std::string directory = "/proc/" + std::to_string(pid) + "/fd";
  for (const std::string& name : names_in(directory)) {
    const std::string path = directory + "/" + name;
    std::error_code error;
    const fs::path target = fs::read_symlink(path, error);
    const bool in_memory = !error && target.string().starts_with(kMemoryLink);
    if (!in_memory && (error || !is_region_elsewhere(target, search))) continue;
    RegionReader reader;
    const RegionError opened = reader.open(path);
    if (opened && opened.fault != RegionFault::kUnrecorded) continue;
    struct stat status {};
    if (::fstat(reader.descriptor(), &status) != 0) continue;
    FoundRegion found;
    // Where the process sees its file, it may be another one for us.
    found.path = in_memory || !fs::exists(target, error) ? path : target.string();
    found.is_volatile = in_memory;
    describe(found, reader, opened);
    if (found.is_foreign) {  // the id by which it was found is the one that counts here
      found.pid = pid;
      found.is_foreign = false;
    }
    if (!search.service.empty() && found.service != search.service) continue;
    const auto same =
        std::find_if(all->begin(), all->end(), [&](const auto& one) { return one.first == status.st_ino; });
    if (same == all->end()) {
      all->emplace_back(status.st_ino, std::move(found));
    } else if (found.pid == pid) {
      same->second = std::move(found);
    }
  }
}

// A second recorder that was refused says so as long as it lives; when another one records, that is what counts.
void drop_idle_notices(std::vector<FoundRegion>* all) {
  const std::vector<FoundRegion> known = *all;
  std::erase_if(*all, [&](const FoundRegion& one) {
    return one.state == RecordingState::kUnrecorded &&
           std::any_of(known.begin(), known.end(), [&](const FoundRegion& other) {
             return other.pid == one.pid && other.alive && !other.is_foreign &&
                    other.state != RecordingState::kUnrecorded;
           });
  });
}

}  // namespace

std::optional<RegionName> parse_region_name(const std::string& name) {
  const std::string stem = name.substr(0, name.find('+'));  // +N: left behind by an exec of the same process
  const std::size_t second = stem.rfind('-');
  if (second == std::string::npos || second == 0) return std::nullopt;
  const std::size_t first = stem.rfind('-', second - 1);
  if (first == std::string::npos || first == 0) return std::nullopt;
  const auto pid = number(std::string_view(stem).substr(first + 1, second - first - 1));
  const auto start = number(std::string_view(stem).substr(second + 1));
  if (!pid || !start) return std::nullopt;
  return RegionName{stem.substr(0, first), *pid, *start};
}

int open_region_file(const std::string& path, int access) {
  const fs::path whole(path);
  const std::string parent = whole.has_parent_path() ? whole.parent_path().string() : ".";
  const int directory = ::open(parent.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return -1;
  const int file =
      ::openat(directory, whole.filename().c_str(), access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat above {
  }, status{};
  const bool looked = file >= 0 && ::fstat(directory, &above) == 0 && ::fstat(file, &status) == 0;
  const int error = errno;
  ::close(directory);
  const bool private_file = looked && S_ISREG(status.st_mode) && status.st_uid == above.st_uid &&
                            status.st_nlink == 1 && (above.st_mode & 022) == 0;
  if (private_file) return file;
  if (file >= 0) ::close(file);
  errno = looked ? EPERM : error;
  return -1;
}

std::vector<FoundRegion> find_regions(const RegionSearch& search) {
  std::vector<FoundRegion> all;
  find_files(search, &all);
  if (search.volatile_ones) {
    std::vector<std::pair<ino_t, FoundRegion>> memory;
    for (const std::string& name : names_in("/proc"))
      if (const auto pid = number(name)) find_memory_of(*pid, search, &memory);
    for (auto& [inode, found] : memory) all.push_back(std::move(found));
  }
  drop_idle_notices(&all);
  std::stable_sort(all.begin(), all.end(), [](const FoundRegion& a, const FoundRegion& b) {
    return std::tie(a.service, a.pid) < std::tie(b.service, b.pid);
  });
  return all;
}

std::optional<FoundRegion> find_region_of(std::uint64_t pid, const RegionSearch& search) {
  std::vector<FoundRegion> all;
  find_files(search, &all);
  std::vector<std::pair<ino_t, FoundRegion>> memory;
  if (search.volatile_ones) find_memory_of(pid, search, &memory);
  for (auto& [inode, found] : memory) all.push_back(std::move(found));
  drop_idle_notices(&all);
  // After an exec the old image's region carries the same process id and start time: the newest one is the running one.
  const FoundRegion* best = nullptr;
  for (const FoundRegion& found : all)
    if (found.pid == pid && found.alive && !found.is_foreign && (best == nullptr || found.modified >= best->modified))
      best = &found;
  return best != nullptr ? std::optional(*best) : std::nullopt;
}

}  // namespace looptape::dump
