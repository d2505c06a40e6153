#include "dump/chunk_copy.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include <algorithm>
#include <utility>

namespace looptape::dump {
namespace {

// Pages made by one call: much less work than a fault each, and the kernel's lock on the host's mappings is held for
// well under a millisecond.
constexpr std::size_t kPopulateBytes = std::size_t{256} << 10;

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

Staging::~Staging() {
  if (words_ != nullptr) munmap(words_, capacity_);
}

Staging::Staging(Staging&& other) noexcept
    : words_(std::exchange(other.words_, nullptr)),
      capacity_(std::exchange(other.capacity_, 0)),
      used_(std::exchange(other.used_, 0)),
      resident_(std::exchange(other.resident_, 0)) {}

Staging& Staging::operator=(Staging&& other) noexcept {
  std::swap(words_, other.words_);
  std::swap(capacity_, other.capacity_);
  std::swap(used_, other.used_);
  std::swap(resident_, other.resident_);
  return *this;
}

bool Staging::reserve(std::size_t bytes) {
  used_ = 0;
  if (bytes != 0 && bytes <= capacity_) return true;
  if (words_ != nullptr) munmap(words_, capacity_);
  words_ = nullptr;
  capacity_ = resident_ = 0;
  if (bytes == 0) return true;
  const std::size_t size = round_up(bytes, core::kPageBytes);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  madvise(memory, size, MADV_NOHUGEPAGE);
  madvise(memory, size, MADV_DONTFORK);
#ifdef PR_SET_VMA
  prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, memory, size, "looptape staging");  // older kernels: no name
#endif
  words_ = static_cast<std::uint64_t*>(memory);
  capacity_ = size;
  return true;
}

std::span<std::uint64_t> Staging::take(std::size_t bytes) {
  const std::size_t size = round_up(bytes, core::kRecordAlign);
  if (size < bytes || size > capacity_ - used_) return {};
  const std::span<std::uint64_t> room{words_ + used_ / core::kWordBytes, size / core::kWordBytes};
  used_ += size;
  if (used_ > resident_) populate(used_);
  return room;
}

void Staging::populate(std::size_t until) {
  const std::size_t end = std::min(round_up(until, kPopulateBytes), capacity_);
#ifdef MADV_POPULATE_WRITE
  // Refused by kernels before 5.14: then each page comes when it is touched.
  madvise(reinterpret_cast<char*>(words_) + resident_, end - resident_, MADV_POPULATE_WRITE);
#endif
  resident_ = end;
}

void Staging::give_back(std::size_t unused) { used_ -= unused; }

bool ChunkCopies::reserve(std::size_t bytes, std::size_t chunks) {
  copies_.clear();
  recycled_.clear();
  begun_ = 0;
  copies_.reserve(chunks);
  return staging_.reserve(bytes);
}

std::span<std::uint64_t> ChunkCopies::begin(std::size_t bytes) {
  const std::span<std::uint64_t> room = staging_.take(bytes);
  begun_ = room.size_bytes();
  return room;
}

void ChunkCopies::keep(std::uint64_t offset, std::size_t committed) {
  const std::size_t kept = round_up(committed, core::kRecordAlign);
  copies_.push_back({offset, staging_.used() - begun_, committed});
  staging_.give_back(begun_ - kept);
  begun_ = 0;
}

void ChunkCopies::drop() {
  staging_.give_back(begun_);
  begun_ = 0;
}

}  // namespace looptape::dump
