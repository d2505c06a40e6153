// See fuse.h.

#include "tools/demo/pipeline/fuse.h"

#include <algorithm>
#include <map>

namespace looptape::tools::demo {

// The constant that damps the very first ranks; 60 is the value the method was published with.
constexpr double kRankOffset = 60;

std::vector<FusedHit> fuse(std::span<const Hit> sparse, std::span<const Hit> dense, std::size_t most) {
  std::map<ChunkId, FusedHit> by_id;
  const auto add = [&](std::span<const Hit> leg, std::size_t FusedHit::*rank_field) {
    for (std::size_t i = 0; i < leg.size(); ++i) {
      FusedHit& hit = by_id.try_emplace(leg[i].id, FusedHit{leg[i].id, 0, 0, 0}).first->second;
      hit.score += 1 / (kRankOffset + static_cast<double>(i + 1));
      hit.*rank_field = i + 1;
    }
  };
  add(sparse, &FusedHit::sparse_rank);
  add(dense, &FusedHit::dense_rank);
  std::vector<FusedHit> result;
  for (const auto& [id, hit] : by_id) result.push_back(hit);
  std::stable_sort(result.begin(), result.end(),
                   [](const FusedHit& a, const FusedHit& b) { return a.score > b.score; });
  if (result.size() > most) result.resize(most);
  return result;
}

}  // namespace looptape::tools::demo
