// Stage "embed": the question's vector, from the cache or from the provider.
//
// Any thread may call it. Two threads that miss the same question at once both ask the provider.
// Records the call to the provider as a stage of its own, and what the cache did.

#pragma once

#include <looptape/looptape.h>

#include <string>

#include "tools/demo/client/embedding_client.h"
#include "tools/demo/outcome.h"
#include "tools/demo/pipeline/lru_cache.h"
#include "tools/demo/text/ngram_vector.h"

namespace looptape::tools::demo {

class QuestionEmbedder {
 public:
  QuestionEmbedder(EmbeddingClient& client, std::size_t cached) : client_(client), cache_(cached) {}

  struct Result {
    Outcome<Vector> vector;
    bool cache_hit;
  };

  // The cache's key is the normalised text, so that "What is zlib?" and "what is  zlib" share it.
  // `context`: of the request, for the call to the provider.
  Result embed(const std::string& question, const Context& context);

 private:
  Outcome<Embeddings> ask_provider(const std::string& question, const Context& context);

  EmbeddingClient& client_;
  LruCache<std::string, Vector> cache_;
};

}  // namespace looptape::tools::demo
