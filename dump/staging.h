// The memory that snapshots copy into: one anonymous mapping that is filled from its start.
//
// For one thread at a time.  Pages come into being some at a time, ahead of the copy, because a page fault each would
// cost more than the copy does; make() has them ready long before.  A forked child does not get them.
//
// They are plain pages.  Huge ones are no faster where a hypervisor has yet to provide them, and making one holds the
// kernel's lock on the host's mappings for milliseconds.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace looptape::dump {

class Staging {
 public:
  Staging() = default;
  ~Staging();
  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&& other) noexcept;
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // Room for `bytes`, with the pages that there are, and what they hold.  False: no memory (then there is no room at
  // all).
  [[nodiscard]] bool reserve(std::size_t bytes);
  // The first `bytes` of it, or all, come into memory.
  void make(std::size_t bytes);
  // What lies beyond the first `bytes` takes no memory any more.
  void give_back_beyond(std::size_t bytes);
  // `bytes` of it from `at` on, with all before them in memory; empty when they are not within it.
  [[nodiscard]] std::span<std::uint64_t> room(std::size_t at, std::size_t bytes);

  std::size_t capacity() const { return capacity_; }
  // Bytes that are in memory, now or since the mapping was made.
  std::size_t resident() const { return resident_; }
  const std::uint64_t* words() const { return words_; }

 private:
  std::uint64_t* words_ = nullptr;
  std::size_t capacity_ = 0, resident_ = 0;  // bytes
  pid_t owner_ = 0;                          // a child of it may have something else where this is not
};

}  // namespace looptape::dump
