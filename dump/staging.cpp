// Memory for copies of chunks: see staging.h.
#include "dump/staging.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "looptape/core/layout.h"

namespace looptape::dump {
namespace {

// Pages made by one call: much less work than a fault each, and the kernel's lock on the host's mappings is held for
// well under a millisecond.
constexpr std::size_t kPopulateBytes = std::size_t{256} << 10;

constexpr std::size_t whole_pages(std::size_t bytes) {
  return (bytes + core::kPageBytes - 1) / core::kPageBytes * core::kPageBytes;
}

}  // namespace

Staging::~Staging() {
  if (words_ != nullptr && owner_ == getpid()) munmap(words_, capacity_);
}

Staging::Staging(Staging&& other) noexcept
    : words_(std::exchange(other.words_, nullptr)),
      capacity_(std::exchange(other.capacity_, 0)),
      resident_(std::exchange(other.resident_, 0)),
      owner_(std::exchange(other.owner_, 0)) {}

Staging& Staging::operator=(Staging&& other) noexcept {
  std::swap(words_, other.words_);
  std::swap(capacity_, other.capacity_);
  std::swap(resident_, other.resident_);
  std::swap(owner_, other.owner_);
  return *this;
}

bool Staging::reserve(std::size_t bytes) {
  if (bytes <= capacity_) return true;
  const std::size_t size = whole_pages(bytes);
  void* const memory = words_ != nullptr ? mremap(words_, capacity_, size, MREMAP_MAYMOVE)
                                         : mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    *this = Staging();
    return false;
  }
  madvise(memory, size, MADV_NOHUGEPAGE);
  madvise(memory, size, MADV_DONTFORK);
#ifdef PR_SET_VMA
  prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, memory, size, "looptape staging");  // older kernels: no name
#endif
  words_ = static_cast<std::uint64_t*>(memory);
  capacity_ = size;
  owner_ = getpid();
  return true;
}

std::span<std::uint64_t> Staging::room(std::size_t at, std::size_t bytes) {
  if (at > capacity_ || bytes > capacity_ - at) return {};
  make(at + bytes);
  return {words_ + at / core::kWordBytes, bytes / core::kWordBytes};
}

void Staging::make(std::size_t bytes) {
  const std::size_t until = std::min(bytes, capacity_);
  while (resident_ < until) {
    const std::size_t end = std::min(resident_ + kPopulateBytes, capacity_);
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

void Staging::give_back_beyond(std::size_t bytes) {
  const std::size_t from = whole_pages(bytes);
  if (from >= resident_) return;
  madvise(reinterpret_cast<char*>(words_) + from, resident_ - from, MADV_DONTNEED);
  resident_ = from;
}

}  // namespace looptape::dump
