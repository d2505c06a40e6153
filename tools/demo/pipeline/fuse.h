// Stage "fuse": one ranking from the legs' rankings, by reciprocal rank.
//
// Pure function: any thread may call it.

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tools/demo/index/search_index.h"

namespace looptape::tools::demo {

struct FusedHit {
  ChunkId id;
  double score;             // Σ 1 / (60 + rank) over the legs that found it
  std::size_t sparse_rank;  // from 1; 0: not found by this leg
  std::size_t dense_rank;
};

// The `most` best, best first; equal scores by id, so that the order never depends on a hash.
std::vector<FusedHit> fuse(std::span<const Hit> sparse, std::span<const Hit> dense, std::size_t most);

}  // namespace looptape::tools::demo
