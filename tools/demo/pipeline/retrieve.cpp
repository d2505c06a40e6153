// See retrieve.h.

#include "tools/demo/pipeline/retrieve.h"

#include <future>
#include <utility>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {

std::vector<Hit> Retriever::dense_leg(const Vector& vector, std::size_t most) const {
  return index_.by_vector(vector, most);
}

Outcome<std::vector<Hit>> Retriever::sparse_leg(const std::string& question, std::size_t most) {
  return index_.by_words(content_words(question), most);
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
