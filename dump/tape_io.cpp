// Sources of a tape's bytes; see the header.
#include "dump/tape_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace looptape::dump {

IoError MemorySource::read_at(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) {
  got = 0;
  if (offset >= bytes_.size()) return {};
  got = std::min<std::uint64_t>(into.size(), bytes_.size() - offset);
  if (got != 0) std::memcpy(into.data(), bytes_.data() + offset, got);
  return {};
}

FileSource::~FileSource() {
  if (fd_ >= 0) ::close(fd_);
}

IoError FileSource::open(const std::string& path) {
  path_ = path;
  // Non-blocking, so that opening a FIFO does not wait for a writer; regular files do not mind.
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) return {errno, because("open " + path, errno)};
  struct stat status;
  if (::fstat(fd_, &status) != 0) return {errno, because("stat " + path, errno)};
  if (!S_ISREG(status.st_mode)) return {-1, path + ": not a regular file"};
  size_ = static_cast<std::uint64_t>(status.st_size);
  return {};
}

IoError FileSource::read_at(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) {
  got = 0;
  while (got < into.size()) {
    const ssize_t n = ::pread(fd_, into.data() + got, into.size() - got, static_cast<off_t>(offset + got));
    if (n > 0) {
      got += static_cast<std::size_t>(n);
    } else if (n == 0) {
      break;
    } else if (errno != EINTR) {
      return {errno, because("read " + path_ + " at " + std::to_string(offset + got), errno)};
    }
  }
  return {};
}

}  // namespace looptape::dump
