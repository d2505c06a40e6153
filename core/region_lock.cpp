// The lock of a region: see region_lock.h.
#include "core/region_lock.h"

#include <fcntl.h>

#include <cerrno>

namespace looptape::core {
namespace {

struct flock on_first_byte(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  return lock;
}

RegionLocking lock_region(int fd, short type) {
  struct flock wanted = on_first_byte(type);
  if (::fcntl(fd, F_OFD_SETLK, &wanted) == 0) return RegionLocking::kHeld;
  return errno == EAGAIN || errno == EACCES ? RegionLocking::kBusy : RegionLocking::kUnsupported;
}

}  // namespace

RegionLocking hold_region(int fd) { return lock_region(fd, F_RDLCK); }

RegionLocking claim_region(int fd) { return lock_region(fd, F_WRLCK); }

RegionHolder region_holder(int fd) {
  struct flock found = on_first_byte(F_WRLCK);
  if (::fcntl(fd, F_OFD_GETLK, &found) != 0 || found.l_type == F_UNLCK) return RegionHolder::kNobody;
  return found.l_type == F_WRLCK ? RegionHolder::kClaimer : RegionHolder::kRecorder;
}

}  // namespace looptape::core
