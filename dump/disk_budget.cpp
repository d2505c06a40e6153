// Oldest first until it fits; see the header.
#include "dump/disk_budget.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "core/disk_limits.h"
#include "core/measure_text.h"
#include "core/setting_range.h"
#include "dump/tape_name.h"

namespace looptape::dump {
namespace {

constexpr std::int64_t kAbandonedAfter = 3600;  // seconds without a write to a temporary file
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

struct OurFile {
  std::string name;
  std::int64_t seconds = 0;  // of its name
  std::uint64_t n = 0, bytes = 0;
  std::int64_t modified = 0;
  bool temporary = false;
};

bool older(const OurFile& a, const OurFile& b) {
  if (a.seconds != b.seconds) return a.seconds < b.seconds;
  if (a.modified != b.modified) return a.modified < b.modified;
  return a.n != b.n ? a.n < b.n : a.name < b.name;
}

// "disk_bytes (LOOPTAPE_DISK_BYTES) allows 1 MiB"
std::string limit_text(const core::DiskLimit& limit, const char* does, std::uint64_t value) {
  return std::string(limit.setting) + " (" + core::variable_of(limit.setting) + ") " + does + " " +
         core::setting_value_text(core::Measure::kBytes, static_cast<std::int64_t>(value));
}

class Enforcement {
 public:
  Enforcement(const OutputDirectory& directory, const DiskLimits& limits) : directory_(directory), limits_(limits) {}
  DiskState run(std::uint64_t expected, std::int64_t now);
  DiskState state() {
    look();
    return state_;
  }

 private:
  bool look();
  bool remove(std::size_t index, RemovalReason reason);
  void remove_oldest_until(RemovalReason reason, const std::function<bool()>& enough);
  void note(const std::string& what, int code) {
    if (!state_.error) state_.error = {code, because(what, code)};
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::uint64_t free_bytes();
  // Which limit leaves no room, by how much, and what to do; empty: none does.
  std::string no_room_because(std::uint64_t expected, std::uint64_t free) const;

  const OutputDirectory& directory_;
  const DiskLimits limits_;
  DiskState state_;
  std::vector<OurFile> files_;   // oldest first; removed ones have no name
  std::uint64_t removable_ = 0;  // bytes of the tapes
  std::uint64_t tapes_ = 0;      // what the limit of files counts: a temporary one becomes a tape or goes
};

bool Enforcement::look() {
  const int listed = directory_.calls().list(directory_.fd(), [this](const char* name) {
    auto parsed = parse_tape_file_name(name);
    const bool temporary = !parsed;
    if (temporary) parsed = parse_temporary_name(name);
    if (!parsed) return;
    struct stat status;
    if (directory_.calls().fstatat(directory_.fd(), name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) note("stat " + path(name), errno);  // somebody else may have removed it
      return;
    }
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) return;
    files_.push_back(
        {name, parsed->seconds, parsed->n, static_cast<std::uint64_t>(status.st_size), status.st_mtime, temporary});
  });
  if (listed != 0) {
    note("list " + directory_.path(), errno);
    return false;
  }
  std::sort(files_.begin(), files_.end(), older);
  for (const OurFile& file : files_) {
    ++state_.files;
    state_.bytes += file.bytes;
    if (file.temporary) continue;
    removable_ += file.bytes;
    ++tapes_;
  }
  return true;
}

bool Enforcement::remove(std::size_t index, RemovalReason reason) {
  OurFile& file = files_[index];
  int result;
  do {
    result = directory_.calls().unlinkat(directory_.fd(), file.name.c_str());
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != ENOENT) {  // somebody else may have removed it
    note("remove " + path(file.name), errno);
    return false;
  }
  --state_.files;
  state_.bytes -= file.bytes;
  if (!file.temporary) {
    removable_ -= file.bytes;
    --tapes_;
  }
  if (result == 0) state_.removed.push_back({file.name, file.bytes, reason});
  file.name.clear();
  return true;
}

void Enforcement::remove_oldest_until(RemovalReason reason, const std::function<bool()>& enough) {
  for (std::size_t i = 0; i < files_.size() && !enough(); ++i)
    if (!files_[i].name.empty() && !files_[i].temporary) remove(i, reason);
}

std::uint64_t Enforcement::free_bytes() {
  struct statvfs status;
  if (directory_.calls().fstatvfs(directory_.fd(), &status) != 0) {
    note("statvfs " + directory_.path(), errno);
    return kNoLimit;  // the write itself will say
  }
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

std::string Enforcement::no_room_because(std::uint64_t expected, std::uint64_t free) const {
  const std::uint64_t kept = state_.bytes - removable_;  // temporary files of others who are writing
  if (limits_.bytes != 0 && (expected > limits_.bytes || kept > limits_.bytes - expected))
    return limit_text(core::kDiskBytes, "allows", limits_.bytes) +
           (kept != 0 ? ", and dumps being written hold " + core::bytes_text(kept) : "") + "; raise it";
  if (free != kNoLimit && (free + removable_ < limits_.free_floor || free + removable_ - limits_.free_floor < expected))
    return limit_text(core::kDiskFreeFloor, "keeps", limits_.free_floor) + " free, and " + core::bytes_text(free) +
           " are" + (removable_ != 0 ? ", " + core::bytes_text(removable_) + " more without older dumps" : "") +
           "; lower it, or free some space";
  return {};
}

DiskState Enforcement::run(std::uint64_t expected, std::int64_t now) {
  if (!look()) return state_;
  const std::uint64_t most_bytes = limits_.bytes != 0 ? limits_.bytes : kNoLimit;
  const std::uint64_t most_files = limits_.files != 0 ? limits_.files : kNoLimit;
  const std::uint64_t coming = expected != 0 ? 1 : 0;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const OurFile& file = files_[i];
    if (file.temporary) {
      if (now - file.modified > kAbandonedAfter) remove(i, RemovalReason::kAbandoned);
    } else if (limits_.age_seconds != 0 && now - file.seconds > static_cast<std::int64_t>(limits_.age_seconds)) {
      remove(i, RemovalReason::kAge);
    }
  }
  // What is coming decides nothing that cannot be had.
  const std::uint64_t free = limits_.free_floor != 0 && coming != 0 ? free_bytes() : kNoLimit;
  const std::string impossible = no_room_because(expected, free);
  const bool possible = impossible.empty();
  const std::uint64_t wanted = possible ? expected : 0;
  const std::uint64_t wanted_files = possible ? coming : 0;

  remove_oldest_until(RemovalReason::kFiles, [&] { return tapes_ + wanted_files <= most_files; });
  remove_oldest_until(RemovalReason::kBytes, [&] { return state_.bytes + wanted <= most_bytes; });
  if (possible && free != kNoLimit) {
    // By what was removed and not by asking again: some file systems free space later, and all tapes
    // would go meanwhile.
    const std::uint64_t before = state_.bytes + free;
    remove_oldest_until(RemovalReason::kFreeSpace, [&] {
      return before - state_.bytes >= limits_.free_floor && before - state_.bytes - limits_.free_floor >= expected;
    });
  }
  state_.room = possible && state_.bytes + expected <= most_bytes && tapes_ + coming <= most_files;
  const std::string no_room = directory_.path() + ": no room for " + core::bytes_text(expected);
  if (!possible)
    state_.error = {ENOSPC, no_room + ": " + impossible};
  else if (!state_.room)  // something could not be removed
    note(no_room, ENOSPC);
  else if (limits_.bytes != 0)
    state_.most_bytes = most_bytes - state_.bytes;
  return state_;
}

}  // namespace

DiskState enforce_disk_limits(const OutputDirectory& directory, const DiskLimits& limits, std::uint64_t expected,
                              std::int64_t now) {
  return Enforcement(directory, limits).run(expected, now);
}

DiskState look_at_disk(const OutputDirectory& directory) { return Enforcement(directory, {}).state(); }

}  // namespace looptape::dump
