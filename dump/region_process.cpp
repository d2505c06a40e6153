// Whether the process of a region still runs: see region_process.h.
#include "dump/region_process.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/process_identity.h"
#include "core/region_lock.h"

namespace looptape::dump {
namespace {

// The letter after the command's name in a stat file; 0 when there is no such process or thread.
char state_letter(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[1024];
  ssize_t got;
  do {
    got = ::read(fd, text, sizeof text);
  } while (got < 0 && errno == EINTR);
  ::close(fd);
  if (got <= 0) return 0;
  const void* const end = ::memrchr(text, ')', static_cast<std::size_t>(got));
  if (end == nullptr) return 0;
  const char* const letter = static_cast<const char*>(end) + 2;
  return letter < text + got ? *letter : 0;
}

// False only when it is certain: nothing that process `pid` has mapped is the file open at `fd`.
bool may_have_mapped(std::uint64_t pid, int fd) {
  struct stat file {};
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  if (!maps || ::fstat(fd, &file) != 0) return true;
  // address permissions offset device inode path; the device is another one than fstat's on some file systems
  std::string address, permissions, offset, device, rest;
  std::uint64_t inode = 0;
  bool any = false;
  while (maps >> address >> permissions >> offset >> device >> inode && std::getline(maps, rest)) {
    any = true;
    if (inode == file.st_ino) return true;
  }
  return !any;  // another user's reads as empty
}

bool has_ended(char letter) { return letter == 0 || letter == 'Z' || letter == 'X' || letter == 'x'; }

}  // namespace

bool process_runs(std::uint64_t pid, std::uint64_t start_time, const std::array<std::uint64_t, 2>& boot) {
  if (pid == 0 || core::boot_id() != boot) return false;
  const std::string directory = "/proc/" + std::to_string(pid);
  if (core::process_start_time(pid) != start_time) return false;
  if (!has_ended(state_letter(directory + "/stat"))) return true;
  // A process whose first thread has left goes on as long as any other thread does.
  std::error_code error;
  std::filesystem::directory_iterator task(directory + "/task", error);
  for (; !error && task != std::filesystem::directory_iterator(); task.increment(error))
    if (!has_ended(state_letter(task->path().string() + "/stat"))) return true;
  return false;
}

bool in_foreign_namespace(const HeaderWords& header) {
  const std::uint64_t theirs = header[core::header::kPidNamespace], ours = core::pid_namespace();
  return theirs != 0 && ours != 0 && theirs != ours;
}

bool recorder_lives(int fd, const HeaderWords& header) {
  if (core::region_holder(fd) == core::RegionHolder::kRecorder) return true;
  const std::array<std::uint64_t, 2> boot = {header[core::header::kBootId], header[core::header::kBootId + 1]};
  if (in_foreign_namespace(header) && core::boot_id() == boot)
    return (header[core::header::kFlags] & core::kFlagLocked) == 0;
  const std::uint64_t pid = header[core::header::kPid];
  if (!process_runs(pid, header[core::header::kProcessStart], boot)) return false;
  // It took the lock and holds it no more: either somebody closed the descriptor under it, or it is another program
  // now.
  return (header[core::header::kFlags] & core::kFlagLocked) == 0 || may_have_mapped(pid, fd);
}

}  // namespace looptape::dump
