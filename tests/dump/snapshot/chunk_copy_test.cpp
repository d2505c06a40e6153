// Staging memory: room, reuse, and what a snapshot does when there is none left.
#include "dump/chunk_copy.h"

#include <catch2/catch.hpp>
#include <vector>

#include "dump/snapshot.h"
#include "looptape/looptape.h"
#include "tests/dump/snapshot/running_engine.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;

TEST_CASE("staging memory that is large enough is used again, empty, with the pages it has") {
  ChunkCopies first;
  REQUIRE(first.reserve(std::size_t{4} << 20, 64));
  for (int i = 0; i < 40; ++i) {
    const auto room = first.begin(65536);
    REQUIRE(room.size_bytes() == 65536);
    room.front() = room.back() = 7;
    first.keep(65536 * static_cast<std::uint64_t>(i), 65536);
  }
  const std::size_t resident = first.resident_bytes();
  CHECK(resident >= 40 * 65536);
  ChunkCopies second;
  second.adopt(std::move(first).release());
  REQUIRE(second.reserve(std::size_t{3} << 20, 48));
  CHECK(second.resident_bytes() == resident);
  CHECK(second.staged_bytes() == 0);
  CHECK(second.copies().empty());
  REQUIRE(second.reserve(std::size_t{8} << 20, 128));
  CHECK(second.resident_bytes() == 0);
  CHECK(second.room() == std::size_t{8} << 20);
}

TEST_CASE("there is no room beyond what was reserved") {
  ChunkCopies copies;
  REQUIRE(copies.reserve(2 * 65536, 2));
  for (int i = 0; i < 2; ++i) {
    REQUIRE_FALSE(copies.begin(65536).empty());
    copies.keep(0, 65536);
  }
  CHECK(copies.begin(65536).empty());
  CHECK(copies.room() == 0);
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
