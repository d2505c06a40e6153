// Claiming, dumping and removing what dead processes left: see recover.h.
#include "dump/recover.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <tuple>

#include "core/process_identity.h"
#include "core/region_lock.h"
#include "dump/region_process.h"
#include "dump/region_reader.h"

namespace looptape::dump {
namespace {

namespace header = core::header;

// The lock on a region's file, held until the claim goes out of scope.
class Claim {
 public:
  explicit Claim(const std::string& path) : path_(path), descriptor_(open_region_file(path, O_RDWR)) {
    if (descriptor_ < 0) {
      gone_ = errno == ENOENT;
      error_ = std::strerror(errno);
      return;
    }
    switch (core::claim_region(descriptor_)) {
      case core::RegionLocking::kHeld:
        held_ = still_there();
        gone_ = !held_;
        break;
      case core::RegionLocking::kBusy:
        alive_ = core::region_holder(descriptor_) == core::RegionHolder::kRecorder;
        gone_ = !alive_;
        break;
      case core::RegionLocking::kUnsupported:
        error_ = std::strerror(errno);
        break;
    }
  }
  ~Claim() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  bool held() const { return held_; }
  bool alive() const { return alive_; }  // its recorder holds it
  bool gone() const { return gone_; }    // somebody else has it or has removed it
  const std::string& error() const { return error_; }
  int descriptor() const { return descriptor_; }
  // REQUIRES held().
  bool remove() const { return ::unlink(path_.c_str()) == 0; }

 private:
  // Whoever held the lock before may have removed the file, and another one may have its name.
  bool still_there() const {
    struct stat mine {
    }, named{};
    return ::fstat(descriptor_, &mine) == 0 && ::lstat(path_.c_str(), &named) == 0 && mine.st_ino == named.st_ino &&
           mine.st_dev == named.st_dev;
  }

  const std::string path_;
  const int descriptor_;
  bool held_ = false, alive_ = false, gone_ = false;
  std::string error_;
};

// The process that wrote it, by the header or, before there is one, by the file's name.
bool is_alive(const std::string& path, const RegionReader& reader, const RegionError& error) {
  if (!error) return recorder_lives(reader.descriptor(), reader.header());
  const auto told = parse_region_name(std::filesystem::path(path).filename().string());
  return told && process_runs(told->pid, told->start_time, core::boot_id());
}

// A region over whose set-up a process died: where recorders put theirs, under a name that they give, and either
// `begun` (it says that it is one, in which no recording has begun) or with nothing in it beyond the page of the
// header.
bool is_unfinished_region(const std::string& path, int descriptor, bool begun) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  if (error || !parse_region_name(whole.filename().string())) return false;
  const std::string directory = whole.parent_path().filename().string();
  const std::size_t digits = kRegionDirectoryPrefix.size();
  if (!directory.starts_with(kRegionDirectoryPrefix) || directory.size() == digits ||
      directory.find_first_not_of("0123456789", digits) != std::string::npos)
    return false;
  if (begun) return true;
  std::vector<char> bytes(std::size_t{1} << 20);
  for (off_t at = core::kPageBytes;;) {
    const ssize_t got = ::pread(descriptor, bytes.data(), bytes.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    if (std::any_of(bytes.begin(), bytes.begin() + got, [](char byte) { return byte != 0; })) return false;
    at += got;
  }
}

RegionRecovery recover_claimed(const std::string& path, const Claim& claim, const DumpFunction& write) {
  RegionRecovery outcome;
  outcome.region = path;
  RegionReader reader;
  const RegionError opened = reader.adopt(::fcntl(claim.descriptor(), F_DUPFD_CLOEXEC, 0));
  if (is_alive(path, reader, opened)) {
    outcome.result = RecoveryResult::kAlive;
    return outcome;
  }
  const bool begun = reader.header()[header::kMagic] == core::kRegionMagic;
  if (opened.fault == RegionFault::kNotReady && is_unfinished_region(path, claim.descriptor(), begun) &&
      claim.remove()) {
    outcome.result = RecoveryResult::kEmpty;
    return outcome;
  }
  RegionCopy copy;
  const RegionError read = opened ? opened : reader.read(&copy);
  if (read) {
    outcome.error = read.text;
    return outcome;
  }
  if (const std::uint64_t minor = copy.word(header::kVersion) & 0xffff'ffffu; minor > core::kLayoutMinor) {
    // What this program does not know of it would not be in the dump, and the region would be gone.
    outcome.error = "a region of layout " + std::to_string(core::kLayoutMajor) + "." + std::to_string(minor) +
                    ": a newer looptape knows all of it";
    return outcome;
  }
  Trigger trigger;
  trigger.kind = TriggerKind::kRecovered;
  trigger.name = "recovered";
  DumpOutcome written = write(copy, trigger);
  outcome.dump = std::move(written.path);
  outcome.damage = std::move(written.damage);
  if (outcome.dump.empty()) {
    outcome.error = written.error.empty() ? "no dump was written" : std::move(written.error);
    return outcome;
  }
  outcome.result = RecoveryResult::kRecovered;
  // A dump that might not survive a loss of power survives all that the region, which is memory, does.
  outcome.error = std::move(written.error);
  if (!claim.remove())
    outcome.error += (outcome.error.empty() ? "" : "; ") + std::string("dumped, but the region cannot be removed: ") +
                     std::strerror(errno);
  return outcome;
}

// Keeps what could not be dumped within bounds.
void cap(const RecoverySettings& settings, const std::vector<FoundRegion>& dead, Recovery* recovery) {
  std::size_t count = dead.size();
  std::uint64_t bytes = 0;
  for (const FoundRegion& region : dead) bytes += region.bytes;
  for (const FoundRegion& region : dead) {  // oldest first
    if (count <= settings.max_regions && bytes <= settings.max_bytes) return;
    const Claim claim(region.path);
    if ((!claim.held() && !claim.gone() && !claim.alive()) || (claim.held() && !claim.remove())) continue;  // it stays
    if (claim.held()) recovery->removed.push_back(region.path);
    count -= 1;  // removed, or somebody else's business
    bytes -= region.bytes;
  }
}

std::vector<FoundRegion> dead_regions(RegionSearch search) {
  search.volatile_ones = false;  // anonymous memory dies with its process
  std::vector<FoundRegion> found = find_regions(search);
  std::erase_if(found, [](const FoundRegion& region) { return region.alive; });
  std::stable_sort(found.begin(), found.end(), [](const FoundRegion& a, const FoundRegion& b) {
    return std::tie(a.modified, a.path) < std::tie(b.modified, b.path);
  });
  return found;
}

}  // namespace

RegionRecovery recover_region(const std::string& path, const DumpFunction& write) {
  const Claim claim(path);
  if (claim.held()) return recover_claimed(path, claim, write);
  RegionRecovery outcome;
  outcome.region = path;
  outcome.result = claim.alive()  ? RecoveryResult::kAlive
                   : claim.gone() ? RecoveryResult::kClaimed
                                  : RecoveryResult::kFailed;
  outcome.error = claim.error();
  return outcome;
}

Recovery recover_dead_regions(const RecoverySettings& settings, const DumpFunction& write) {
  Recovery recovery;
  for (const FoundRegion& region : dead_regions(settings.search)) {
    if (settings.on_region) settings.on_region();
    recovery.regions.push_back(recover_region(region.path, write));
  }
  cap(settings, dead_regions(settings.search), &recovery);
  return recovery;
}

}  // namespace looptape::dump
