// Which recordings there are on this machine: regions of running and of dead processes.
//
// Ordinary threads; does I/O, changes nothing.  Regions are files in /dev/shm/looptape-UID/, one directory per user
// (root sees all of them), and, where there was no room for one, anonymous memory that is reached through /proc/PID/fd.
// Directories and files that are not what a recorder makes (links, another owner, open to others) are passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dump/region_geometry.h"

namespace looptape::dump {

// Begins the name of every directory of regions; the user's id follows.
inline constexpr std::string_view kRegionDirectoryPrefix = "looptape-";

// What becomes of a process's records at the moment.
enum class RecordingState {
  kRecording,
  kPaused,      // switched off by the application for now
  kStopped,     // recording stopped itself: a broken invariant
  kUnrecorded,  // there is no region but a notice why not
  kDead,        // what its process left behind
  kUnreadable,  // see problem
};

struct FoundRegion {
  std::string path;  // to open it by: the file, or /proc/PID/fd/N
  std::string service;
  std::uint64_t pid = 0, start_time = 0, uid = 0;
  RecordingState state = RecordingState::kUnreadable;
  std::string notice = {};    // what the recorder said at its start of how it records, or why it does not
  bool alive = false;         // the process runs (or is suspended)
  bool is_foreign = false;    // of another pid namespace: `pid` is no process of this one
  bool is_volatile = false;   // anonymous memory
  std::uint64_t bytes = 0;    // of the file
  std::int64_t modified = 0;  // seconds since 1970: at start, as writing through a mapping is not noted
  RegionError problem;        // it cannot be read; the rest is then from its name
  HeaderWords header{};       // when there is no problem, or nothing is recorded
};

struct RegionSearch {
  std::string shared_memory = "/dev/shm";
  std::string service = {};   // only this one; empty: all
  bool every_user = false;    // what root may ask for
  bool volatile_ones = true;  // also look through /proc
};

// By service, then process id.
std::vector<FoundRegion> find_regions(const RegionSearch& search);

// The region of one running process; none: it does not record, or may not be looked at.
std::optional<FoundRegion> find_region_of(std::uint64_t pid, const RegionSearch& search);

// What a region file's name says: service, process id and its start time.
struct RegionName {
  std::string service;
  std::uint64_t pid = 0, start_time = 0;
};
std::optional<RegionName> parse_region_name(const std::string& name);

// A descriptor of a region file for reading (O_RDONLY), or as `access` says; -1 and errno when it is not a regular file
// of the directory's owner, with one name, in a directory that nobody else can write to.
int open_region_file(const std::string& path, int access = 0);

}  // namespace looptape::dump
