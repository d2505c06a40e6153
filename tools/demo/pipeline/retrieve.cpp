// See retrieve.h.

#include "tools/demo/pipeline/retrieve.h"

#include <looptape/looptape.h>

#include <future>
#include <utility>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {

std::vector<Hit> Retriever::dense_leg(const Vector& vector, std::size_t most) const {
  looptape::Stage<"retrieve.dense", Kind::retrieve> stage;
  stage.set<"vectors">(vector.empty() ? 0 : index_.size());
  std::vector<Hit> hits = index_.by_vector(vector, most);
  stage.set<"k">(most);
  stage.set<"hits">(hits.size());
  if (!hits.empty()) stage.set<"best_score">(hits.front().score);
  return hits;
}

Outcome<std::vector<Hit>> Retriever::sparse_leg(const std::string& question, std::size_t most) {
  looptape::Stage<"retrieve.sparse", Kind::retrieve> stage;
  const auto words = content_words(question);
  auto hits = index_.by_words(words, most);
  stage.set<"words">(words.size());
  stage.set<"k">(most);
  if (!hits) {
    stage.fail();
    return hits;
  }
  stage.set<"hits">(hits->size());
  if (!hits->empty()) stage.set<"best_score">(hits->front().score);
  return hits;
}

Outcome<RetrievedLegs> Retriever::retrieve(const std::string& question, const Vector& vector,
                                           std::size_t most_per_leg) {
  RetrievedLegs legs;
  std::future<void> dense = pool_.submit([&] { legs.dense = dense_leg(vector, most_per_leg); });
  auto sparse = sparse_leg(question, most_per_leg);
  dense.get();
  if (!sparse) return Outcome<RetrievedLegs>::failure(sparse.error());
  legs.sparse = std::move(*sparse);
  return legs;
}

}  // namespace looptape::tools::demo
