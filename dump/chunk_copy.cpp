// Memory for copies of chunks, and which give way: see chunk_copy.h.
#include "dump/chunk_copy.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include <algorithm>
#include <functional>
#include <numeric>
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
      resident_(std::exchange(other.resident_, 0)) {}

Staging& Staging::operator=(Staging&& other) noexcept {
  std::swap(words_, other.words_);
  std::swap(capacity_, other.capacity_);
  std::swap(resident_, other.resident_);
  return *this;
}

bool Staging::reserve(std::size_t bytes) {
  if (bytes <= capacity_) return true;
  if (words_ != nullptr) munmap(words_, capacity_);
  words_ = nullptr;
  capacity_ = resident_ = 0;
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

std::span<std::uint64_t> Staging::room(std::size_t at, std::size_t bytes) {
  if (at > capacity_ || bytes > capacity_ - at) return {};
  if (at + bytes > resident_) populate(at + bytes);
  return {words_ + at / core::kWordBytes, bytes / core::kWordBytes};
}

void Staging::populate(std::size_t until) {
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

bool ChunkCopies::reserve(std::size_t count, std::size_t chunk_bytes) {
  copies_.clear();
  closed_.clear();
  recycled_.clear();
  begun_ = 0;
  cell_bytes_ = round_up(chunk_bytes, core::kRecordAlign);
  const bool reserved = cell_bytes_ != 0 && staging_.reserve((count + 1) * cell_bytes_);
  capacity_ = reserved ? count : 0;
  copies_.reserve(capacity_);
  closed_.reserve(capacity_);
  return reserved;
}

void ChunkCopies::make_pages(std::size_t count, const std::function<bool()>& go_on) {
  if (capacity_ == 0) return;
  for (std::size_t cells = 1; cells <= std::min(count, capacity_) + 1 && go_on(); ++cells)
    static_cast<void>(staging_.room(0, cells * cell_bytes_));
}

std::size_t ChunkCopies::copied_bytes() const {
  return std::accumulate(copies_.begin(), copies_.end(), std::size_t{0},
                         [](std::size_t sum, const ChunkCopy& copy) { return sum + copy.bytes; });
}

std::span<std::uint64_t> ChunkCopies::begin(std::size_t bytes) {
  if (capacity_ == 0 || bytes > cell_bytes_) return {};
  return staging_.room(begun_, round_up(bytes, core::kRecordAlign));
}

bool ChunkCopies::same_life(const ChunkCopy& copy, std::uint64_t offset) const {
  if (copy.bytes == 0) return false;
  const std::uint64_t generation = staging_.words()[begun_ / core::kWordBytes + core::chunk::kGeneration];
  return copy.offset == offset && words(copy)[core::chunk::kGeneration] == generation;
}

std::size_t ChunkCopies::keep(std::uint64_t offset, std::size_t committed, std::size_t before) {
  const std::uint64_t* const words = staging_.words() + begun_ / core::kWordBytes;
  const std::uint64_t closed = committed > core::chunk::kLast * core::kWordBytes ? words[core::chunk::kLast] : 0;
  const ChunkCopy made{offset, begun_, committed, closed};
  std::size_t number = copies_.size();
  bool queued = false;  // in closed_ already
  if (committed != 0 && before < copies_.size() && same_life(copies_[before], offset)) {
    number = before;
    queued = copies_[before].closed != 0;
    begun_ = std::exchange(copies_[before], made).at;
  } else if (copies_.size() < capacity_) {
    copies_.push_back(made);
    begun_ = copies_.size() * cell_bytes_;
  } else {
    if (closed_.empty() || (closed != 0 && closed < closed_.front().first)) return kNone;  // itself the oldest
    std::pop_heap(closed_.begin(), closed_.end(), std::greater<>());
    number = closed_.back().second;
    closed_.pop_back();
    begun_ = std::exchange(copies_[number], made).at;
  }
  if (closed != 0 && !queued) {
    closed_.emplace_back(closed, number);
    std::push_heap(closed_.begin(), closed_.end(), std::greater<>());
  }
  return number;
}

}  // namespace looptape::dump
