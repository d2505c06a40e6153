// The stages that are pure functions: fusion, prompt, follow-ups, evaluation, cache.

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tools/demo/pipeline/assemble.h"
#include "tools/demo/pipeline/contextualize.h"
#include "tools/demo/pipeline/evaluate.h"
#include "tools/demo/pipeline/fuse.h"
#include "tools/demo/pipeline/lru_cache.h"
#include "tools/demo/pipeline/session_history.h"
#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

RankedChunk passage(ChunkId id, const std::string& text) {
  return {{id, "/doc/" + std::to_string(id) + "@0", text}, 0.5, 1};
}

std::string repeated(const std::string& word, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += word + " ";
  return text;
}

std::size_t tokens_of(const Prompt& prompt) {
  std::size_t total = 0;
  for (const ChatMessage& message : prompt.messages) total += count_tokens(message.content);
  return total;
}

}  // namespace

TEST_CASE("fusion adds the reciprocal ranks of both legs and keeps where each found it") {
  const std::vector<Hit> sparse = {{7, 9.0}, {5, 8.0}};
  const std::vector<Hit> dense = {{5, 0.9}, {3, 0.8}};
  const auto fused = fuse(sparse, dense, 10);
  REQUIRE(fused.size() == 3);
  CHECK(fused[0].id == 5);
  CHECK(fused[0].score == Approx(1.0 / 62 + 1.0 / 61));
  CHECK(fused[0].sparse_rank == 2);
  CHECK(fused[0].dense_rank == 1);
  CHECK(fused[1].id == 7);
  CHECK(fused[1].dense_rank == 0);
  CHECK(fused[2].id == 3);
  CHECK(fuse(sparse, dense, 1).size() == 1);
  CHECK(fuse({}, {}, 10).empty());
}

TEST_CASE("hits of equal fused score are ordered by their id") {
  const std::vector<Hit> sparse = {{9, 1.0}};
  const std::vector<Hit> dense = {{4, 1.0}};
  const auto fused = fuse(sparse, dense, 10);
  REQUIRE(fused.size() == 2);
  CHECK(fused[0].id == 4);
}

TEST_CASE("the cache forgets the entry used longest ago") {
  LruCache<std::string, int> cache(2);
  CHECK(cache.put("a", 1) == 0);
  CHECK(cache.put("b", 2) == 0);
  CHECK(cache.get("a") == 1);  // now b is the oldest
  CHECK(cache.put("c", 3) == 1);
  CHECK_FALSE(cache.get("b"));
  CHECK(cache.get("a") == 1);
  CHECK(cache.get("c") == 3);
  CHECK(cache.size() == 2);
}

TEST_CASE("putting a known key replaces its value and evicts nothing") {
  LruCache<std::string, int> cache(2);
  cache.put("a", 1);
  cache.put("b", 2);
  CHECK(cache.put("a", 9) == 0);  // now b is the oldest
  cache.put("c", 3);
  CHECK(cache.get("a") == 9);
  CHECK_FALSE(cache.get("b"));
}

TEST_CASE("a cache without room keeps nothing") {
  LruCache<std::string, int> cache(0);
  CHECK(cache.put("a", 1) == 0);
  CHECK_FALSE(cache.get("a"));
}

TEST_CASE("a prompt with room for everything keeps every passage whole") {
  const std::vector<RankedChunk> ranked = {passage(1, "alpha beta"), passage(2, "gamma delta")};
  const Prompt prompt = assemble("which letter?", {}, ranked, 1000);
  REQUIRE(prompt.documents.size() == 2);
  CHECK(prompt.documents[0].fate == Fate::kept);
  CHECK(prompt.documents[1].fate == Fate::kept);
  CHECK(prompt.documents[1].slot == 2);
  CHECK(prompt.messages[1].content.find("[2] /doc/2@0\ngamma delta") != std::string::npos);
  CHECK(prompt.messages[1].content.ends_with("Question: which letter?"));
}

TEST_CASE("the passage that does not fit is cut and the ones after it are left out") {
  const std::vector<RankedChunk> ranked = {passage(1, repeated("one", 100)), passage(2, repeated("two", 100)),
                                           passage(3, repeated("six", 5))};
  const Prompt prompt = assemble("what?", {}, ranked, 280);
  REQUIRE(prompt.documents.size() == 3);
  CHECK(prompt.documents[0].fate == Fate::kept);
  CHECK(prompt.documents[1].fate == Fate::truncated);
  CHECK(prompt.documents[1].tokens < 100);
  CHECK(prompt.documents[2].fate == Fate::cut_by_budget);
  CHECK(prompt.documents[2].slot == 0);
  CHECK(prompt.messages[1].content.find("six") == std::string::npos);
}

TEST_CASE("a prompt never exceeds its budget and its parts add up to what was rendered") {
  std::vector<RankedChunk> ranked;
  for (ChunkId id = 1; id <= 6; ++id) ranked.push_back(passage(id, repeated("wording", 37)));
  const std::vector<Turn> history = {{"an earlier question", repeated("answer", 20)}};
  for (std::size_t budget = 160; budget < 800; budget += 7) {
    const Prompt prompt = assemble("what about words?", history, ranked, budget);
    REQUIRE(prompt.tokens.total() <= budget);
    REQUIRE(tokens_of(prompt) == prompt.tokens.total());
  }
}

TEST_CASE("a budget below the fixed parts keeps them and leaves every passage out") {
  const std::vector<RankedChunk> ranked = {passage(1, "alpha beta")};
  const Prompt prompt = assemble("which letter?", {}, ranked, 1);
  CHECK(prompt.documents[0].fate == Fate::cut_by_budget);
  CHECK(prompt.messages[1].content.find("which letter?") != std::string::npos);
}

TEST_CASE("a follow-up takes its subject from the turn before") {
  const std::vector<Turn> history = {{"What is a mutex?", "..."}, {"How is a condition variable created?", "..."}};
  const auto pronoun = contextualize("And how is it destroyed?", history);
  CHECK(pronoun.rewritten);
  CHECK(pronoun.text == "And how is condition variable created destroyed?");
  const auto bare = contextualize("What about performance?", history);
  CHECK(bare.text == "What about performance? (about condition variable created)");
}

TEST_CASE("a question that names its subject is left as it is") {
  const std::vector<Turn> history = {{"How is a condition variable created?", "..."}};
  for (const std::string text :
       {"What does pthread_mutex_lock return?", "Which flags does open understand in Linux?"}) {
    const auto result = contextualize(text, history);
    CHECK_FALSE(result.rewritten);
    CHECK(result.text == text);
  }
  CHECK_FALSE(contextualize("And how is it destroyed?", {}).rewritten);
}

TEST_CASE("a session remembers its last turns and not those of another tenant") {
  SessionHistory sessions(100, 2);
  for (const std::string question : {"one", "two", "three"}) {
    sessions.add("acme", "s", {question, "answer"});
  }
  const auto turns = sessions.turns("acme", "s");
  REQUIRE(turns.size() == 2);
  CHECK(turns[0].question == "two");
  CHECK(turns[1].question == "three");
  CHECK(sessions.turns("globex", "s").empty());
  sessions.add("acme", "", {"unnamed", "answer"});
  CHECK(sessions.turns("acme", "").empty());
}

TEST_CASE("evaluation counts grounded words and checks every citation") {
  const std::vector<std::string> passages = {"The mutex is released by unlock.", "Nothing of note."};
  const auto good = evaluate("The mutex is released. [1]", passages);
  CHECK(good.grounded_permille == 1000);
  CHECK(good.cited == std::vector<std::size_t>{1});
  CHECK(good.invalid_citations == 0);
  CHECK(good.sentences == 1);
  CHECK(good.sentences_uncited == 0);
  const auto bad = evaluate("The mutex explodes. Elephants fly. [7]", passages);
  CHECK(bad.grounded_permille == 250);
  CHECK(bad.cited.empty());
  CHECK(bad.invalid_citations == 1);
  CHECK(bad.sentences == 2);
  CHECK(bad.sentences_uncited == 1);
}

}  // namespace looptape::tools::demo
