// The memory that snapshots copy into: one anonymous mapping that is filled from its start.
//
// For one thread at a time.  Pages come into being some at a time, ahead of the copy, because a page fault each would
// cost more than the copy does.  A forked child does not get them.
//
// Huge pages make the first dump of a process several times faster, under a hypervisor tenfold.  But when the kernel
// has none at hand it moves other pages about to make one, for up to 170 ms, and the host's own mappings wait
// meanwhile.  So they are asked for only when many times as many are free as are needed; else the pages are plain ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace looptape::dump {

class Staging {
 public:
  Staging() = default;
  ~Staging();
  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&& other) noexcept;
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // Room for `bytes`; keeps the mapping and the pages it has when it is large enough.  False: no memory (then there is
  // no room at all).
  [[nodiscard]] bool reserve(std::size_t bytes);
  // `bytes` of it from `at` on, with all before them in memory; empty when they are not within it.
  [[nodiscard]] std::span<std::uint64_t> room(std::size_t at, std::size_t bytes);

  std::size_t capacity() const { return capacity_; }
  // Bytes that are in memory, now or since the mapping was made.
  std::size_t resident() const { return resident_; }
  const std::uint64_t* words() const { return words_; }

 private:
  void populate(std::size_t until);
  void unmap();

  void* mapping_ = nullptr;
  std::size_t mapped_ = 0;  // bytes of address space
  std::uint64_t* words_ = nullptr;
  std::size_t capacity_ = 0, resident_ = 0;  // bytes
  std::size_t step_ = 0;                     // bytes made by one call
};

// How many huge pages of 2 MiB the kernel could give without moving others: those of `buddyinfo` (/proc/buddyinfo), a
// line for each zone with the number of free blocks of 4 KiB << column; 0 when it says something else.
std::size_t free_huge_pages(std::string_view buddyinfo);

}  // namespace looptape::dump
