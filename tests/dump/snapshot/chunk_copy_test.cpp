// Staging memory: room, reuse, and what a snapshot does when there is none left.
#include "dump/chunk_copy.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <vector>

#include "dump/snapshot.h"
#include "dump/staging.h"
#include "looptape/looptape.h"
#include "tests/dump/snapshot/running_engine.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;

namespace {

constexpr std::size_t kBytes = 65536;

// Copies one chunk that holds nothing but its keyframe's first words.
std::size_t put(ChunkCopies& copies, std::uint64_t offset, std::uint64_t generation, std::uint64_t closed,
                std::size_t before = ChunkCopies::kNone, std::size_t bytes = kBytes) {
  const auto room = copies.begin(kBytes);
  REQUIRE(room.size_bytes() == kBytes);
  std::fill(room.begin(), room.end(), closed);
  room[core::chunk::kGeneration] = generation;
  room[core::chunk::kLast] = closed;
  return copies.keep(offset, bytes, before);
}

std::vector<std::uint64_t> closes(const ChunkCopies& copies) {
  std::vector<std::uint64_t> found;
  for (const ChunkCopy& copy : copies.copies()) {
    const auto words = copies.words(copy);
    CHECK(words[core::chunk::kLast] == copy.closed);  // the words are still those that were put there
    CHECK(words.back() == copy.closed);
    found.push_back(copy.closed);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("staging memory of any size is filled from its start, and keeps what it has") {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{1} << 20, (std::size_t{33} << 20) + 1}) {
    Staging staging;
    REQUIRE(staging.reserve(bytes));
    CHECK(staging.capacity() >= bytes);
    CHECK(staging.resident() == 0);
    const std::size_t all = staging.capacity();
    const auto last = staging.room(all - 8, 8);
    REQUIRE(last.size() == 1);
    last[0] = 42;
    CHECK(staging.resident() == all);
    CHECK(staging.room(all, 8).empty());
    Staging moved = std::move(staging);
    REQUIRE(moved.reserve(bytes));
    CHECK(moved.words()[all / 8 - 1] == 42);
    CHECK(moved.resident() == all);
    CHECK(staging.capacity() == 0);
  }
}

TEST_CASE("staging memory that is large enough is used again, empty, with the pages it has") {
  ChunkCopies first;
  REQUIRE(first.reserve(63, kBytes));
  for (std::uint64_t i = 0; i < 40; ++i) put(first, kBytes * i, 2, i + 1);
  const std::size_t resident = first.resident_bytes();
  CHECK(resident >= 40 * kBytes);
  ChunkCopies second;
  second.adopt(std::move(first).release());
  REQUIRE(second.reserve(47, kBytes));
  CHECK(second.resident_bytes() == resident);
  CHECK(second.copies().empty());
  put(second, 0, 2, 7);
  Staging staging = std::move(second).release();
  REQUIRE(staging.reserve(129 * kBytes));  // elsewhere, it may be
  CHECK(staging.resident() == resident);
  CHECK(staging.words()[core::chunk::kLast] == 7);
  staging.give_back_beyond(8 * kBytes + 1);
  CHECK(staging.resident() == 8 * kBytes + core::kPageBytes);
  staging.make(10 * kBytes);
  CHECK(staging.resident() >= 10 * kBytes);
  CHECK(staging.words()[core::chunk::kLast] == 7);
  CHECK(staging.words()[9 * kBytes / core::kWordBytes] == 0);  // a new page
}

TEST_CASE("a forked child gets no staging memory, and gives none back that is something else there", "[nosan]") {
  Staging staging;
  REQUIRE(staging.reserve(kBytes));
  void* const at = staging.room(0, kBytes).data();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    unsigned char present = 0;
    const bool gone = ::mincore(at, core::kPageBytes, &present) != 0 && errno == ENOMEM;
    void* const own =
        ::mmap(at, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    { const Staging ends = std::move(staging); }
    const bool kept = own == at && ::mincore(own, core::kPageBytes, &present) == 0;
    ::_exit(gone && kept ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("a copy that there is no more room for takes the place of the chunk closed longest ago") {
  ChunkCopies copies;
  REQUIRE(copies.reserve(4, kBytes));
  put(copies, 0, 2, 30);
  put(copies, kBytes, 2, 0);  // open
  put(copies, 2 * kBytes, 2, 20);
  put(copies, 3 * kBytes, 2, 40);
  put(copies, 2 * kBytes, 4, 50);
  CHECK(closes(copies) == std::vector<std::uint64_t>{0, 30, 40, 50});
  put(copies, 0, 4, 60);
  CHECK(closes(copies) == std::vector<std::uint64_t>{0, 40, 50, 60});
  CHECK(put(copies, 5 * kBytes, 2, 10) == ChunkCopies::kNone);  // was closed before all that are kept
  CHECK(closes(copies) == std::vector<std::uint64_t>{0, 40, 50, 60});
  for (std::uint64_t tick = 70; tick < 1000; tick += 10) put(copies, kBytes * (tick % 4), tick, tick);
  CHECK(closes(copies) == std::vector<std::uint64_t>{0, 970, 980, 990});
  CHECK(copies.resident_bytes() <= 5 * kBytes + (256 << 10));  // pages are made some at a time
  put(copies, 4 * kBytes, 2, 0);
  put(copies, 5 * kBytes, 2, 0);
  put(copies, 6 * kBytes, 2, 0);
  CHECK(put(copies, 7 * kBytes, 2, 0) == ChunkCopies::kNone);  // open ones give way to nothing
  CHECK(closes(copies) == std::vector<std::uint64_t>{0, 0, 0, 0});
}

TEST_CASE("a later copy of the same life of a chunk replaces the earlier one") {
  ChunkCopies copies;
  REQUIRE(copies.reserve(3, kBytes));
  const std::size_t first = put(copies, 0, 2, 0, ChunkCopies::kNone, 4096);
  const std::size_t again = put(copies, 0, 2, 7, first);
  CHECK(closes(copies) == std::vector<std::uint64_t>{7});
  CHECK(copies.copies().front().bytes == kBytes);
  put(copies, 0, 4, 9, again);       // its next life
  put(copies, kBytes, 4, 8, again);  // another chunk
  CHECK(closes(copies) == std::vector<std::uint64_t>{7, 8, 9});
  put(copies, 2 * kBytes, 2, 10, again);
  CHECK(closes(copies) == std::vector<std::uint64_t>{8, 9, 10});  // gave way once, although it was kept twice
}

TEST_CASE("a copy is never longer than what there is room for") {
  ChunkCopies copies;
  CHECK(copies.begin(16).empty());
  REQUIRE(copies.reserve(2, kBytes));
  CHECK(copies.begin(kBytes + 16).empty());
  CHECK(copies.begin(kBytes).size_bytes() == kBytes);
}

TEST_CASE("what is filled while a copy is made takes no more room: the oldest gives way, without a hole") {
  RunningEngine engine;
  const std::size_t chunks = engine->region.chunk_count();
  const std::uint64_t per_chunk = engine->region.chunk_bytes() / 16;
  std::uint64_t written = 0;
  const auto fill = [&](std::uint64_t count) {
    for (std::uint64_t i = 0; i < per_chunk * count; ++i) {
      Stage<"filling"> stage;
      ++written;
    }
  };
  fill(1);
  const std::uint64_t besides = decode(engine.outside()).stream(0).records - written;  // who owns the stream
  fill(chunks);
  Snapshot snapshot(*engine);
  REQUIRE(snapshot.reserve(0));
  for (int part = 0; part < 8; ++part) {  // all is copied and overwritten once over, part by part
    snapshot.copy_oldest(chunks / 8);
    fill(chunks / 8);
  }
  const RegionCopy copy = snapshot.finish();
  CHECK(copy.chunks.copies().size() == chunks);
  CHECK(copy.chunks.resident_bytes() <= engine->region.bytes());
  const Rows rows = decode(copy);
  REQUIRE(rows.stream(0).gaps.size() == 1);  // at the old end
  CHECK(rows.stream(0).gaps.front().reason == GapReason::kOverwritten);
  CHECK(rows.stages.size() > per_chunk * (chunks - 4));
  const Account account = account_of(rows, 0);
  CHECK(account.read + account.missing == written + besides);
}

TEST_CASE("what a snapshot has no room to copy stays where it is") {
  RunningEngine engine;
  const std::size_t chunks = engine->region.chunk_count();
  const std::uint64_t per_chunk = engine->region.chunk_bytes() / 16;
  for (std::uint64_t i = 0; i < per_chunk * chunks / 2; ++i) Stage<"filling"> stage;
  const std::uint32_t closed = engine->pool->closed_estimate();
  REQUIRE(closed > 2);
  {
    Snapshot snapshot(*engine);  // no room at all
    snapshot.copy_oldest(closed);
    CHECK(engine->pool->closed_estimate() == closed);
  }
  const Rows rows = engine.rows();
  CHECK(rows.close.complete_since == rows.open.process.first.tick);
  CHECK(rows.stages.size() == per_chunk * chunks / 2);
}
