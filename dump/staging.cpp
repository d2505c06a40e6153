// Memory for copies of chunks: see staging.h.
#include "dump/staging.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "looptape/core/layout.h"

namespace looptape::dump {
namespace {

// Pages made by one call: much less work than a fault each, and the kernel's lock on the host's mappings is held for
// well under a millisecond.
constexpr std::size_t kStepBytes = std::size_t{256} << 10;
constexpr std::size_t kHugeBytes = std::size_t{2} << 20;
constexpr unsigned kHugeColumn = 9;                           // of /proc/buddyinfo
constexpr std::size_t kLeastForHuge = std::size_t{16} << 20;  // below that, plain ones are made soon enough
constexpr std::size_t kSpareTimes = 4;                        // as many must be free as are needed

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

bool huge_pages_at_hand(std::size_t bytes) {
  if (bytes < kLeastForHuge) return false;
  const int fd = ::open("/proc/buddyinfo", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[8192];
  const ssize_t got = ::read(fd, text, sizeof text);
  ::close(fd);
  return got > 0 && free_huge_pages({text, static_cast<std::size_t>(got)}) >=
                        kSpareTimes * round_up(bytes, kHugeBytes) / kHugeBytes;
}

}  // namespace

std::size_t free_huge_pages(std::string_view buddyinfo) {
  std::size_t pages = 0;
  while (!buddyinfo.empty()) {
    const std::size_t end = std::min(buddyinfo.find('\n'), buddyinfo.size());
    std::string_view line = buddyinfo.substr(0, end);
    buddyinfo.remove_prefix(std::min(end + 1, buddyinfo.size()));
    const std::size_t zone = line.find("zone ");  // "Node 0, zone   Normal    182      2     19 …"
    if (zone == std::string_view::npos) continue;
    line.remove_prefix(zone + 5);
    const auto skip = [&](auto wanted) {
      while (!line.empty() && wanted(line.front())) line.remove_prefix(1);
    };
    const auto blank = [](char c) { return c == ' '; };
    skip(blank);
    skip([&](char c) { return !blank(c); });  // the zone's name
    for (unsigned column = 0; skip(blank), !line.empty(); ++column) {
      std::size_t free = 0;
      const auto [after, error] = std::from_chars(line.data(), line.data() + line.size(), free);
      if (error != std::errc{} || column > 32) return 0;
      line.remove_prefix(static_cast<std::size_t>(after - line.data()));
      if (column >= kHugeColumn) pages += free << (column - kHugeColumn);
    }
  }
  return pages;
}

Staging::~Staging() { unmap(); }

Staging::Staging(Staging&& other) noexcept { *this = std::move(other); }

Staging& Staging::operator=(Staging&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(mapped_, other.mapped_);
  std::swap(words_, other.words_);
  std::swap(capacity_, other.capacity_);
  std::swap(resident_, other.resident_);
  std::swap(step_, other.step_);
  return *this;
}

void Staging::unmap() {
  if (mapping_ != nullptr) munmap(mapping_, mapped_);
  mapping_ = nullptr;
  words_ = nullptr;
  mapped_ = capacity_ = resident_ = 0;
}

bool Staging::reserve(std::size_t bytes) {
  if (bytes <= capacity_) return true;
  unmap();
  const bool huge = huge_pages_at_hand(bytes);
  step_ = huge ? kHugeBytes : kStepBytes;
  const std::size_t size = round_up(bytes, huge ? kHugeBytes : core::kPageBytes);
  const std::size_t space = huge ? size + kHugeBytes : size;  // so that it can begin where a huge page does
  void* const memory = mmap(nullptr, space, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  madvise(memory, space, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  madvise(memory, space, MADV_DONTFORK);
#ifdef PR_SET_VMA
  prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, memory, space, "looptape staging");  // older kernels: no name
#endif
  mapping_ = memory;
  mapped_ = space;
  const std::size_t at = reinterpret_cast<std::uintptr_t>(memory);
  words_ = reinterpret_cast<std::uint64_t*>(huge ? round_up(at, kHugeBytes) : at);
  capacity_ = size;
  return true;
}

std::span<std::uint64_t> Staging::room(std::size_t at, std::size_t bytes) {
  if (at > capacity_ || bytes > capacity_ - at) return {};
  if (at + bytes > resident_) populate(at + bytes);
  return {words_ + at / core::kWordBytes, bytes / core::kWordBytes};
}

void Staging::populate(std::size_t until) {
  while (resident_ < until) {
    const std::size_t end = std::min(resident_ + step_, capacity_);
#ifdef MADV_POPULATE_WRITE
    // Refused by kernels before 5.14: then each page comes when it is touched.
    madvise(reinterpret_cast<char*>(words_) + resident_, end - resident_, MADV_POPULATE_WRITE);
#endif
    // Under a hypervisor with shadow page tables the first write to a page that is there costs another fault.  Nothing
    // of these pages has been filled.
    for (std::size_t at = resident_; at < end; at += core::kPageBytes) words_[at / core::kWordBytes] = 0;
    resident_ = end;
  }
}

}  // namespace looptape::dump
