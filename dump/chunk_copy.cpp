// Memory for copies of chunks, and which give way: see chunk_copy.h.
#include "dump/chunk_copy.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace looptape::dump {
namespace {

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

std::size_t ChunkCopies::bytes_for(std::size_t count, std::size_t chunk_bytes) {
  return (count + 1) * round_up(chunk_bytes, core::kRecordAlign);
}

bool ChunkCopies::reserve(std::size_t count, std::size_t chunk_bytes) {
  copies_.clear();
  closed_.clear();
  recycled_.clear();
  begun_ = 0;
  cell_bytes_ = round_up(chunk_bytes, core::kRecordAlign);
  const bool reserved = cell_bytes_ != 0 && staging_.reserve(bytes_for(count, chunk_bytes));
  capacity_ = reserved ? count : 0;
  copies_.reserve(capacity_);
  closed_.reserve(capacity_);
  return reserved;
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
