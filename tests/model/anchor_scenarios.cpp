// What a reader may make of a clock anchor that is refreshed while it reads.  Tests only.
#include "core/anchor.h"
#include "tests/model/scenarios.h"

namespace looptape::model {

using namespace core;

Outcome anchors(Mutant mutant) {
  constexpr std::uint64_t kAnchors = 3;
  return explore(
      header::kHeaderWords, mutant,
      [&](Execution&, Checked::Word* words) {
        for (std::uint64_t i = 1; i <= kAnchors; ++i) write_anchor<Checked>(words, {i, 10 * i, 100 * i});
      },
      [&](const Checked::Word* words) -> const char* {
        Anchor anchor;
        if (!read_anchor<Checked>(words, &anchor)) return nullptr;
        const bool one = anchor.monotonic_ns == 10 * anchor.tick && anchor.wall_ns == 100 * anchor.tick;
        return one && anchor.tick != 0 ? nullptr : property::kOneAnchor;
      });
}

}  // namespace looptape::model
