// The mark of a thread whose newest chunk was gone when a copy looked for it again, set by both that copy.
#include <algorithm>
#include <catch2/catch.hpp>

#include "looptape/looptape.h"
#include "tests/dump/snapshot/running_engine.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::testing;

namespace {

std::ptrdiff_t marked(const RegionCopy& copy) {
  return std::count_if(copy.slots.begin(), copy.slots.end(), [](const SlotCopy& slot) { return slot.newest_gone; });
}

}  // namespace

TEST_CASE("a newest chunk that no copy holds is marked, from inside and from outside, and one that is held is not") {
  RunningEngine engine;
  { Stage<"stage"> stage; }
  CHECK(marked(engine.snapshot()) == 0);
  CHECK(marked(engine.outside()) == 0);
  // As if the thread had gone on to a chunk that was closed, and overwritten by another thread, between the two looks.
  core::Word& sequence = engine->slots->slot_of(*core::t_writer)[core::slot::kSequence];
  const std::uint64_t before = sequence.load();
  sequence.store(before + 1);
  CHECK(marked(engine.snapshot()) == 1);
  CHECK(marked(engine.outside()) == 1);
  sequence.store(before);
  CHECK(marked(engine.snapshot()) == 0);
  CHECK(marked(engine.outside()) == 0);
}
