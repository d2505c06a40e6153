// Who owns which chunk, in which order they are handed out, and that each is in exactly one place.
#include "core/chunk_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

using namespace looptape::core;

namespace {

std::uint32_t take(ChunkPool& pool) {
  const ChunkPool::Taken taken = pool.take();
  REQUIRE(taken.found);
  return taken.index;
}

// Who holds each chunk; a second holder is counted.
class Ownership {
 public:
  explicit Ownership(std::uint32_t count) : held_(count) {}
  void took(std::uint32_t index) { violations_ += held_[index].exchange(1) != 0; }
  void gave(std::uint32_t index) { held_[index] = 0; }
  int violations() const { return violations_; }

 private:
  std::vector<std::atomic<int>> held_;
  std::atomic<int> violations_{0};
};

// Writers that switch chunks and a snapshot that copies, all at once.  `twice`: every n-th chunk is closed twice (the
// seeded bug); 0 = never.
int stress(unsigned switches, unsigned twice) {
  constexpr std::uint32_t kCount = 24;
  ChunkPool pool(kCount, 3);
  Ownership ownership(kCount);
  std::atomic<int> writing{2};
  const auto write = [&] {
    std::uint32_t open = 0;
    bool has = false;
    for (unsigned i = 1; i <= switches; ++i) {
      if (has) {
        ownership.gave(open);
        pool.close(open);
        if (twice != 0 && i % twice == 0) pool.close(open);
      }
      const ChunkPool::Taken taken = pool.take();
      has = taken.found;
      open = taken.index;
      if (has) ownership.took(open);
    }
    if (has) {
      ownership.gave(open);
      pool.close(open);
    }
    --writing;
  };
  const auto copy = [&] {
    do {
      pool.begin_snapshot();
      std::uint32_t index = 0;
      for (std::uint32_t n = pool.closed_estimate(); n > 0 && pool.take_closed(&index); --n) {
        ownership.took(index);
        ownership.gave(index);
        pool.release(index);
      }
      pool.end_snapshot();
    } while (writing.load() > 0);
  };
  std::vector<std::thread> threads;
  threads.emplace_back(write);
  threads.emplace_back(write);
  threads.emplace_back(copy);
  for (std::thread& thread : threads) thread.join();

  // All of them, each once, are to be had again.
  std::uint32_t there = 0;
  for (ChunkPool::Taken taken = pool.take(); taken.found && there <= kCount; taken = pool.take(), ++there)
    ownership.took(taken.index);
  return ownership.violations() + (there == kCount ? 0 : 1);
}

}  // namespace

TEST_CASE("free chunks come first, then the one that was closed longest ago") {
  ChunkPool pool(4, 1);
  const std::uint32_t a = take(pool), b = take(pool), c = take(pool);  // the fourth is the reserve
  pool.close(b);
  pool.close(a);
  const ChunkPool::Taken first = pool.take(), second = pool.take();
  CHECK((first.found && first.index == b));
  CHECK((second.found && second.index == a));
  CHECK(c != a);
}

TEST_CASE("the reserve is opened while a snapshot runs") {
  ChunkPool pool(4, 2);
  const std::uint32_t a = take(pool);
  take(pool);
  pool.close(a);
  pool.begin_snapshot();
  CHECK(pool.take().index != a);
  CHECK(pool.take().index != a);
  CHECK(pool.take().index == a);
  pool.end_snapshot();
}

TEST_CASE("without a snapshot the reserve is the last resort, and then nothing is left") {
  ChunkPool pool(4, 2);
  for (int i = 0; i < 4; ++i) CHECK(pool.take().found);
  CHECK_FALSE(pool.take().found);
}

TEST_CASE("while there is room, what a snapshot has copied is not overwritten") {
  ChunkPool pool(6, 1);
  const std::uint32_t a = take(pool);
  pool.close(a);
  pool.begin_snapshot();
  std::uint32_t index = 0;
  REQUIRE(pool.take_closed(&index));
  pool.release(index);
  pool.end_snapshot();
  for (int i = 0; i < 4; ++i) CHECK(take(pool) != a);
  CHECK(take(pool) == a);  // only the reserve is left
}

TEST_CASE("without room, what a snapshot has copied is taken before anything else") {
  ChunkPool pool(3, 1);
  const std::uint32_t a = take(pool), b = take(pool);
  pool.close(a);
  pool.close(b);
  pool.begin_snapshot();
  std::uint32_t index = 0;
  REQUIRE(pool.take_closed(&index));
  CHECK(index == a);
  pool.release(index);
  CHECK(take(pool) == a);
  pool.end_snapshot();
}

TEST_CASE("the end of a snapshot fills the reserve again") {
  ChunkPool pool(4, 2);
  const std::uint32_t a = take(pool), b = take(pool);
  pool.close(a);
  pool.close(b);
  pool.begin_snapshot();
  take(pool);  // out of the reserve
  take(pool);
  std::uint32_t index = 0;
  while (pool.take_closed(&index)) pool.release(index);
  pool.end_snapshot();
  CHECK(pool.spare_estimate() == 0);
  CHECK(pool.take().found);  // a former chunk of the reserve: nothing is closed
}

TEST_CASE("every chunk is in exactly one place, whatever writers and a snapshot do at once") {
  CHECK(stress(60'000, 0) == 0);
}

TEST_CASE("a chunk that is closed twice would be noticed") { CHECK(stress(3'000, 100) > 0); }

TEST_CASE("a queue that is asked for more than it can hold refuses") {
  ChunkPool pool(2, 0);
  int refused = 0;
  for (int i = 0; i < 100; ++i) refused += !pool.close(0);
  CHECK(refused > 0);
}
