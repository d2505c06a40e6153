// See rerank.h.

#include "tools/demo/pipeline/rerank.h"

#include <looptape/looptape.h>

#include <algorithm>
#include <future>
#include <utility>

#include "tools/demo/pipeline/late_interaction.h"

namespace looptape::tools::demo {
namespace {

using Rows = std::vector<std::vector<float>>;

using Queued = looptape::Detached<"rerank.queue", Kind::wait>;

// Scores every `step`-th candidate from `first` on; each task writes rows of its own.
void score_share(const TokenVectors& question, const std::vector<StoredChunk>& candidates, std::size_t first,
                 std::size_t step, Rows& rows) {
  looptape::Stage<"rerank.score", Kind::rerank> stage;
  std::size_t scored = 0;
  std::size_t words = 0;
  for (std::size_t i = first; i < candidates.size(); i += step) {
    const TokenVectors passage(candidates[i].text);
    rows[i] = best_matches(question, passage);
    ++scored;
    words += passage.size();
  }
  stage.set<"candidates">(scored);
  stage.set<"words">(words);
}

std::vector<RankedChunk> in_order(std::vector<StoredChunk> candidates, const std::vector<double>& scores) {
  std::vector<RankedChunk> ranked;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    ranked.push_back({std::move(candidates[i]), scores[i], i + 1});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const RankedChunk& a, const RankedChunk& b) { return a.score > b.score; });
  return ranked;
}

}  // namespace

std::vector<RankedChunk> Reranker::rerank(const std::string& question, std::vector<StoredChunk> candidates) {
  const TokenVectors asked(question);
  Rows rows(candidates.size());
  const std::size_t shares = pool_.threads();
  std::vector<std::future<void>> done;
  for (std::size_t share = 0; share < shares; ++share) {
    // Begins here and ends on the pool's thread: how long the share waited for it.
    done.push_back(pool_.submit([&, share, queued = Queued()]() mutable {
      queued.end();
      score_share(asked, candidates, share, shares, rows);
    }));
  }
  for (std::future<void>& task : done) task.get();
  return in_order(std::move(candidates), late_interaction_scores(rows));
}

}  // namespace looptape::tools::demo
