// What a reader may make of stages that begin and end while it reads.  Tests only.
#include "looptape/core/open_stack.h"

#include "looptape/core/chunk.h"
#include "tests/model/scenarios.h"

namespace looptape::model {

using namespace core;

Outcome open_stages(Mutant mutant) {
  constexpr std::uint64_t kStages = 3;
  return explore(
      2, mutant,
      [&](Execution&, Checked::Word* entry) {
        for (std::uint64_t stage = 1; stage <= kStages; ++stage) {
          push_open<Checked>(entry, 10 * stage, open_meta(stage, 7));
          pop_open<Checked>(entry);
        }
      },
      [&](const Checked::Word* entry) -> const char* {
        std::uint64_t start = 0, meta = 0;
        if (!read_open<Checked>(entry, &start, &meta)) return nullptr;
        return meta == open_meta(start / 10, 7) ? nullptr : property::kOwnMeta;
      });
}

// The reader knows that both stages have begun.  It then does what every copy of a region does: first the open
// stacks, then the chunks.
Outcome open_or_finished(Mutant mutant) {
  constexpr std::size_t kDepth = 2;
  constexpr std::size_t kCapacity = keyframe_bytes(0) + kDepth * 16;
  constexpr std::size_t kChunkWords = kCapacity / kWordBytes;
  return explore(
      kChunkWords + 2 * kDepth, mutant,
      [&](Execution& run, Checked::Word* words) {
        Checked::Word* const open = words + kChunkWords;
        std::size_t at = recycle_chunk<Checked>(words, Keyframe{}, open);
        for (std::size_t d = 0; d < kDepth; ++d) push_open<Checked>(open + 2 * d, 10 + d, open_meta(1, 7));
        run.reader_starts_here();
        for (std::size_t d = kDepth; d-- > 0; at += 16) {
          Checked::store<Access::kRecord>(words[at / kWordBytes], 10 + d, std::memory_order_relaxed);
          Checked::store<Access::kRecord>(words[at / kWordBytes + 1], 10 + d, std::memory_order_relaxed);
          commit_chunk<Checked>(words, at + 16);
          pop_open<Checked>(open + 2 * d);
        }
      },
      [&](const Checked::Word* words) -> const char* {
        bool seen[kDepth] = {};
        for (std::size_t d = 0; d < kDepth; ++d) {
          std::uint64_t start = 0, meta = 0;
          seen[d] = read_open<Checked>(words + kChunkWords + 2 * d, &start, &meta);
        }
        std::uint64_t out[kChunkWords];
        std::size_t bytes = 0;
        if (read_chunk<Checked>(words, kCapacity, out, &bytes) != ChunkRead::kOk) return nullptr;
        for (std::size_t i = keyframe_bytes(0) / kWordBytes; i < bytes / kWordBytes; i += 2)
          if (out[i] - 10 < kDepth) seen[out[i] - 10] = true;
        return seen[0] && seen[1] ? nullptr : property::kOpenOrFinished;
      });
}

}  // namespace looptape::model
