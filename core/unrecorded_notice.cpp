// Why a process does not record: see unrecorded_notice.h.
#include "core/unrecorded_notice.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <utility>

#include "core/inherited.h"
#include "core/region_identity.h"
#include "core/region_lock.h"
#include "core/utf8.h"

namespace looptape::core {

bool UnrecordedNotice::publish(const std::string& service, std::string_view why) {
  withdraw();
  const int fd = ::memfd_create("looptape", MFD_CLOEXEC);
  if (fd < 0) return false;
  withhold_from_children(fd);  // before it is locked
  std::array<std::uint64_t, header::kHeaderWords> words{};
  put_identity(kPageBytes, [&](std::size_t index, std::uint64_t value) { words[index] = value; });
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  words[header::kAnchorWall] =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
  words[header::kState] = static_cast<std::uint64_t>(RegionState::kUnrecorded);
  words[header::kFlags] = kFlagVolatile;
  if (hold_region(fd) == RegionLocking::kHeld) words[header::kFlags] |= kFlagLocked;
  words[header::kMagic] = kRegionMagic;
  // At least one zero byte is left after each.
  const std::size_t kept = utf8_prefix(service, 8 * kWordBytes - 1);
  if (kept < service.size()) words[header::kFlags] |= kFlagServiceCut;
  std::memcpy(&words[header::kService], service.data(), kept);
  std::memcpy(&words[header::kNotice], why.data(), utf8_prefix(why, kNoticeBytes - 1));
  if (::write(fd, words.data(), sizeof words) != static_cast<ssize_t>(sizeof words)) {
    forget_withheld(fd);
    ::close(fd);
    return false;
  }
  descriptor_ = fd;
  owner_ = ::getpid();
  return true;
}

void UnrecordedNotice::withdraw() {
  const int fd = std::exchange(descriptor_, -1);
  if (fd < 0 || owner_ != ::getpid()) return;  // in a forked child the number may be another file's by now
  forget_withheld(fd);
  ::close(fd);
}

}  // namespace looptape::core
