// The reranker against the committed set of passages and questions in rerank_set.txt.

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/tools/demo/temporary_directory.h"
#include "tools/demo/index/index_builder.h"
#include "tools/demo/index/search_index.h"
#include "tools/demo/pipeline/fuse.h"
#include "tools/demo/pipeline/late_interaction.h"
#include "tools/demo/pipeline/rerank.h"
#include "tools/demo/pipeline/retrieve.h"

namespace looptape::tools::demo {
namespace {

struct RerankSet {
  std::map<std::string, std::string> passages;                 // id, text
  std::vector<std::pair<std::string, std::string>> questions;  // id of the best passage, text
};

RerankSet committed_set() {
  RerankSet set;
  std::ifstream file(LOOPTAPE_SOURCE_DIR "/tests/tools/demo/rerank_set.txt");
  std::string line;
  while (std::getline(file, line)) {
    const std::size_t bar = line.find(" | ");
    if (bar == std::string::npos || line[0] == '#') continue;
    const std::string id = line.substr(2, bar - 2);
    if (line[0] == 'P') set.passages[id] = line.substr(bar + 3);
    if (line[0] == 'Q') set.questions.emplace_back(id, line.substr(bar + 3));
  }
  return set;
}

struct Orders {
  std::vector<std::string> fused;
  std::vector<std::string> reranked;
};

std::string id_in(const StoredChunk& chunk) {
  const std::string name = chunk.source.substr(chunk.source.rfind('/') + 1);
  return name.substr(0, name.find('.'));
}

// Each passage as a file of its own, indexed; then the stages one after the other.
class Search {
 public:
  explicit Search(const RerankSet& set) {
    for (const auto& [id, text] : set.passages) directory_.write("corpus/" + id + ".txt", text);
    IndexSettings settings;
    settings.directory = directory_.path() / "index";
    settings.roots = {directory_.path() / "corpus"};
    BundledEmbedder embedder;
    const auto file = ensure_index(settings, embedder);
    REQUIRE(file);
    auto index = SearchIndex::open(*file);
    REQUIRE(index);
    index_ = std::move(*index);
  }

  Orders orders(const std::string& question) {
    Retriever retriever(*index_, pool_);
    const auto legs = retriever.retrieve(question, text_vector(question), 20);
    REQUIRE(legs);
    std::vector<ChunkId> ids;
    for (const FusedHit& hit : fuse(legs->sparse, legs->dense, 12)) ids.push_back(hit.id);
    const auto candidates = index_->chunks(ids);
    REQUIRE(candidates);
    Orders result;
    for (const StoredChunk& chunk : *candidates) result.fused.push_back(id_in(chunk));
    Reranker reranker(pool_);
    for (const RankedChunk& ranked : reranker.rerank(question, *candidates)) {
      result.reranked.push_back(id_in(ranked.chunk));
      CHECK(result.fused.at(ranked.fused_rank - 1) == id_in(ranked.chunk));
    }
    return result;
  }

 private:
  TemporaryDirectory directory_;
  ThreadPool pool_{"test", 2};
  std::unique_ptr<SearchIndex> index_;
};

double reciprocal_rank(const std::vector<std::string>& order, const std::string& id) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] == id) return 1.0 / static_cast<double>(i + 1);
  }
  return 0;
}

}  // namespace

TEST_CASE("the reranker changes the order of every committed question and none gets lost") {
  const RerankSet set = committed_set();
  REQUIRE(set.passages.size() >= 20);
  REQUIRE(set.questions.size() >= 20);
  Search search(set);
  std::size_t changed = 0;
  for (const auto& [best, question] : set.questions) {
    Orders orders = search.orders(question);
    REQUIRE(orders.fused.size() == 12);
    changed += orders.fused != orders.reranked ? 1 : 0;
    std::sort(orders.fused.begin(), orders.fused.end());
    std::sort(orders.reranked.begin(), orders.reranked.end());
    CHECK(orders.fused == orders.reranked);
  }
  CHECK(changed == set.questions.size());
}

TEST_CASE("the reranker brings the answering passages forward") {
  const RerankSet set = committed_set();
  Search search(set);
  double before = 0;
  double after = 0;
  std::size_t first = 0;
  for (const auto& [best, question] : set.questions) {
    const Orders orders = search.orders(question);
    before += reciprocal_rank(orders.fused, best);
    after += reciprocal_rank(orders.reranked, best);
    first += orders.reranked.front() == best ? 1 : 0;
    UNSCOPED_INFO(best << ": first was " << orders.fused.front() << ", is " << orders.reranked.front());
  }
  CAPTURE(before, after, first);
  CHECK(after > before);
  CHECK(first >= set.questions.size() - 2);
}

TEST_CASE("a word that every passage holds weighs less than a word that one of them holds") {
  const std::vector<std::vector<float>> matches = {{1.0F, 0.0F}, {1.0F, 0.0F}, {0.0F, 1.0F}};
  const auto scores = late_interaction_scores(matches);
  CHECK(scores[0] == scores[1]);
  CHECK(scores[2] > scores[0]);
}

TEST_CASE("a passage of no words and a question of no words score nothing and break nothing") {
  ThreadPool pool("test", 2);
  Reranker reranker(pool);
  const auto ranked = reranker.rerank("", {{1, "a@0", ""}, {2, "b@0", "some words of a passage"}});
  REQUIRE(ranked.size() == 2);
  CHECK(ranked[0].chunk.id == 1);
  CHECK(reranker.rerank("a question", {}).empty());
}

}  // namespace looptape::tools::demo
