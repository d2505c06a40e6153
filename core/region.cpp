// The one mapping: see region.h.
#include "core/region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/anchor.h"
#include "core/inherited.h"
#include "core/measure_text.h"
#include "core/names.h"
#include "core/process_identity.h"
#include "core/region_identity.h"
#include "core/region_lock.h"
#include "core/utf8.h"

namespace looptape::core {
namespace {

constexpr std::size_t kMaxChunks = 65'000;   // fixed-size lock-free queues hold at most 65 534 nodes
constexpr std::size_t kReserveFraction = 8;  // 12.5 % stay free for writers during a snapshot

std::size_t round_up(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit * unit; }

std::string error_text(const char* what, const std::string& path, int error) {
  return std::string(what) + " " + path + ": " + std::strerror(error);
}

// A descriptor that was withheld from children and is of no use after all.
void discard(int fd) {
  forget_withheld(fd);
  ::close(fd);
}

int allocate(int fd, std::size_t bytes) {
  // Beyond this limit the system does not only refuse: it sends SIGXFSZ, which ends the host.
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && bytes > limit.rlim_cur) return EFBIG;
  int error;
  do {
    error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
  } while (error == EINTR);
  return error;
}

// The private directory; empty on success, else what is wrong with it.
std::string prepare_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) {
    ::chmod(path.c_str(), 0700);  // whatever the umask took away
  } else if (errno != EEXIST) {
    return error_text("cannot make", path, errno);
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return error_text("cannot look at", path, errno);
  if (!S_ISDIR(info.st_mode)) return path + " is not a directory";
  if (info.st_uid != ::geteuid()) return path + " belongs to another user";
  if ((info.st_mode & 077) != 0) return path + " is open to other users (its mode must be 0700)";
  return {};
}

}  // namespace

bool Region::create(const RegionSettings& settings) {
  if (!map_mark()) {
    problem_ = "no memory that is wiped on fork (needs Linux 4.14)";
    return false;
  }
  if (!open_file(settings)) {
    const std::string why = problem_;
    if (!open_anonymous(settings.budget_bytes)) {
      problem_ = why + "; anonymous memory: " + problem_;
      return false;
    }
    flags_ |= kFlagVolatile;
    problem_ = why + "; recording to anonymous memory, which dies with the process";
  }
  lay_out(settings, bytes_);
  return true;
}

// A new file of the process, with the recorder's lock on it, in descriptor_ and path_.  False: problem_ says why.
bool Region::create_file(const RegionSettings& settings) {
  const std::uint64_t pid = static_cast<std::uint64_t>(::getpid());
  const std::string directory = settings.directory + "/looptape-" + std::to_string(::geteuid());
  if (problem_ = prepare_directory(directory); !problem_.empty()) return false;
  // A process that replaced its image by exec has the same id and start time as the recording it left behind.
  const std::string stem =
      directory + "/" + settings.service + "-" + std::to_string(pid) + "-" + std::to_string(process_start_time(pid));
  std::string path = stem;
  int error = EEXIST;
  for (int attempt = 1; attempt <= 100; ++attempt) {
    const int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_RDWR, 0600);
    error = errno;
    if (fd >= 0) {
      withhold_from_children(fd);  // before it is locked: one forked meanwhile would keep the lock
      // Whoever removes what dead processes left may have come between the two calls and taken it for such a one.
      const RegionLocking locking = hold_region(fd);
      struct stat info {};
      if (locking != RegionLocking::kBusy && ::fstat(fd, &info) == 0 && info.st_nlink == 1) {
        if (locking == RegionLocking::kHeld) flags_ |= kFlagLocked;
        descriptor_ = fd;
        path_.swap(path);
        return true;
      }
      error = EBUSY;
      ::unlink(path.c_str());
      discard(fd);
    } else if (error != EEXIST) {
      break;
    }
    path = stem + "+" + std::to_string(attempt);
  }
  problem_ = error_text("cannot create", path, error);
  return false;
}

bool Region::open_file(const RegionSettings& settings) {
  if (!create_file(settings)) return false;
  const int fd = descriptor_;
  ::fchmod(fd, 0600);  // whatever the umask took away
  std::size_t bytes = round_up(settings.budget_bytes, kPageBytes);
  int error = allocate(fd, bytes);
  while ((error == ENOSPC || error == EDQUOT || error == EFBIG) && bytes / 2 >= kMinRegionBytes) {
    bytes = round_up(bytes / 2, kPageBytes);
    if (::ftruncate(fd, 0) != 0) break;
    error = allocate(fd, bytes);
  }
  if (error != 0 || !map(fd, bytes)) {
    problem_ = error_text("no shared memory for", path_, error != 0 ? error : errno);
    ::unlink(path_.c_str());
    path_.clear();
    discard(std::exchange(descriptor_, -1));
    flags_ = 0;
    return false;
  }
  if (bytes < settings.budget_bytes) {
    flags_ |= kFlagShrunk;
    problem_ = "shared memory in " + settings.directory + " has room for " + exact_bytes_text(bytes) + " of " +
               exact_bytes_text(settings.budget_bytes) + "; the window is shorter";
  }
  return true;
}

bool Region::open_anonymous(std::size_t bytes) {
  bytes = round_up(bytes, kPageBytes);
  const int fd = ::memfd_create("looptape", MFD_CLOEXEC);
  if (fd < 0) {
    problem_ = std::strerror(errno);
    return false;
  }
  descriptor_ = fd;
  withhold_from_children(fd);
  if (const int error = allocate(fd, bytes); error != 0 || !map(fd, bytes)) {
    problem_ = std::strerror(error != 0 ? error : errno);
    discard(std::exchange(descriptor_, -1));
    return false;
  }
  if (hold_region(fd) == RegionLocking::kHeld) flags_ |= kFlagLocked;
  return true;
}

bool Region::map(int fd, std::size_t bytes) {
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) return false;
  ::madvise(at, bytes, MADV_DONTFORK);  // the second wall; the first is the writers' wiped pages
  base_ = static_cast<Word*>(at);
  bytes_ = bytes;
  // Populated pages are mapped but clean.  Under a hypervisor with shadow page tables the first write to each costs
  // another fault, seen as 18 us in the middle of recording; so write to each now.  The file is new: all is zero.
  for (std::size_t i = 0; i < bytes / kWordBytes; i += kPageBytes / kWordBytes)
    base_[i].store(0, std::memory_order_relaxed);  // nobody else knows the file yet
  return true;
}

bool Region::map_mark() {
  void* const at = ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return false;
  if (::madvise(at, kPageBytes, MADV_WIPEONFORK) != 0) {
    ::munmap(at, kPageBytes);
    return false;
  }
  *static_cast<std::uint64_t*>(at) = 1;
  mark_ = static_cast<const std::uint64_t*>(at);
  return true;
}

// How many of everything there is room for.  Tables take at most half of a small region.
void Region::choose_counts(const RegionSettings& settings, std::size_t bytes) {
  slot_count_ = settings.max_threads;
  flight_count_ = settings.max_in_flight;
  const std::size_t names_at = kPageBytes;
  const std::size_t slots_at = names_at + kMaxNames * name_entry::kWords * kWordBytes;
  const auto flights_at = [&] { return slots_at + slot_count_ * slot::kWords * kWordBytes; };
  const auto chunks_at = [&] {
    return round_up(flights_at() + flight_count_ * flight::kWords * kWordBytes, kPageBytes);
  };
  while (chunks_at() > bytes / 2 && (slot_count_ > 16 || flight_count_ > 16)) {
    slot_count_ = std::min(slot_count_, std::max<std::size_t>(slot_count_ / 2, 16));
    flight_count_ = std::min(flight_count_, std::max<std::size_t>(flight_count_ / 2, 16));
  }
  chunk_bytes_ = settings.chunk_bytes;
  while ((bytes - chunks_at()) / chunk_bytes_ > kMaxChunks) chunk_bytes_ *= 2;
  chunk_count_ = (bytes - chunks_at()) / chunk_bytes_;
  names_ = names_at / kWordBytes;
  slots_ = slots_at / kWordBytes;
  flights_ = flights_at() / kWordBytes;
  chunks_ = chunks_at() / kWordBytes;
  if (slot_count_ == settings.max_threads && flight_count_ == settings.max_in_flight) return;
  flags_ |= kFlagFewer;
  add_problem("a region of " + exact_bytes_text(bytes) + " has room for " + std::to_string(slot_count_) + " of " +
              std::to_string(settings.max_threads) + " threads and " + std::to_string(flight_count_) + " of " +
              std::to_string(settings.max_in_flight) + " requests in flight; more of them are counted, not recorded");
}

void Region::write_geometry(std::size_t bytes) {
  const auto put = [&](std::size_t index, std::uint64_t value) {
    base_[index].store(value, std::memory_order_relaxed);  // nobody reads before set_state publishes
  };
  put_identity(bytes, put);
  put(header::kNamesOffset, names_ * kWordBytes);
  put(header::kNamesCapacity, kMaxNames);
  put(header::kSlotsOffset, slots_ * kWordBytes);
  put(header::kSlotsCount, slot_count_);
  put(header::kSlotBytes, slot::kWords * kWordBytes);
  put(header::kFlightOffset, flights_ * kWordBytes);
  put(header::kFlightCount, flight_count_);
  put(header::kFlightBytes, flight::kWords * kWordBytes);
  // Samples and content are off: their shares go to the events.
  put(header::kPools + 0, chunks_ * kWordBytes);
  put(header::kPools + 1, chunk_count_);
  put(header::kPools + 2, chunk_bytes_);
  put(header::kPools + 3, chunk_count_ / kReserveFraction);
}

void Region::lay_out(const RegionSettings& settings, std::size_t bytes) {
  choose_counts(settings, bytes);
  write_geometry(bytes);
  if (settings.clock_fell_back) flags_ |= kFlagClockFellBack;
  if (put_text(header::kService, 8, settings.service)) flags_ |= kFlagServiceCut;
  if (put_text(header::kHost, 8, settings.host)) flags_ |= kFlagHostCut;
  if (put_text(header::kVersionText, 8, settings.version)) flags_ |= kFlagVersionCut;
  const auto put = [&](std::size_t index, std::uint64_t value) {
    base_[index].store(value, std::memory_order_relaxed);  // nobody reads before set_state publishes
  };
  put(header::kClockKind, static_cast<std::uint64_t>(settings.clock));
  put(header::kWindow, settings.window_ns);
  put(header::kFlags, flags_);
  put(header::kMagic, kRegionMagic);
}

bool Region::put_text(std::size_t index, std::size_t words, std::string_view text) {
  const std::size_t kept = utf8_prefix(text, words * kWordBytes - 1);
  std::array<std::uint64_t, kNoticeBytes / kWordBytes> packed{};
  std::memcpy(packed.data(), text.data(), kept);
  for (std::size_t i = 0; i < words; ++i) base_[index + i].store(packed[i], std::memory_order_relaxed);  // as lay_out
  if (kept < text.size()) count_loss(Loss::kTextCut);
  return kept < text.size();
}

void Region::set_notice(std::string_view text) {
  put_text(header::kNotice, kNoticeBytes / kWordBytes, text.substr(0, utf8_prefix(text, kNoticeBytes - 1)));
}

void Region::raise_names_count(std::uint64_t count) {
  Word& word = header(header::kNamesCount);
  constexpr auto relaxed = std::memory_order_relaxed;  // a hint for readers; entries publish themselves (P9)
  std::uint64_t have = word.load(relaxed);
  while (have < count && !word.compare_exchange_weak(have, count, relaxed)) {
  }
}

void Region::write_anchor(std::uint64_t tick, std::uint64_t monotonic, std::uint64_t wall) {
  core::write_anchor<Memory>(base_, {tick, monotonic, wall});
}

void Region::set_state(RegionState state) {
  // no partner: only other processes read it, by copying the header
  header(header::kState).store(static_cast<std::uint64_t>(state), std::memory_order_release);
}

void Region::close(bool unlink_file) {
  if (base_ != nullptr) set_state(RegionState::kClosed);
  if (unlink_file && !path_.empty()) ::unlink(path_.c_str());
  if (descriptor_ >= 0) {
    forget_withheld(descriptor_);
    ::close(descriptor_);
  }
  descriptor_ = -1;
  if (base_ == nullptr) return;
  // The kernel swaps the pages under threads that are still in a probe; each of their accesses meets the old page or
  // the new one.  A system call, because ThreadSanitizer takes the library's mmap() for this thread's writing to all of
  // them.
  ::syscall(SYS_mmap, static_cast<void*>(base_), bytes_, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0L);
}

}  // namespace looptape::core
