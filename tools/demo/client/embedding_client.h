// Asks a model for embeddings over HTTP, with the OpenAI embeddings protocol.
//
// Any thread may call it, several at once.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/demo/client/http_endpoint.h"
#include "tools/demo/client/model_provider.h"
#include "tools/demo/index/embedder.h"
#include "tools/demo/outcome.h"

namespace looptape::tools::demo {

struct Embeddings {
  std::vector<Vector> vectors;  // one per text, unit length
  std::size_t tokens = 0;       // as the provider counts them; 0 when it says nothing
};

class EmbeddingClient final : public Embedder {
 public:
  explicit EmbeddingClient(ModelProvider provider);

  Outcome<Embeddings> request(std::span<const std::string> texts, const std::string& traceparent);

  Outcome<std::vector<Vector>> embed(std::span<const std::string> texts) override;
  std::string model() const override { return provider_.model; }

 private:
  ModelProvider provider_;
  HttpEndpoint endpoint_;
};

}  // namespace looptape::tools::demo
