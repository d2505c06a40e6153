// What turns texts into vectors: the index is built through it, questions are asked through it.
//
// `embed` may be called from several threads at once.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/demo/outcome.h"
#include "tools/demo/text/ngram_vector.h"

namespace looptape::tools::demo {

class Embedder {
 public:
  Embedder() = default;
  Embedder(const Embedder&) = delete;
  Embedder& operator=(const Embedder&) = delete;
  virtual ~Embedder() = default;

  // One vector per text, all of the same size and of unit length.
  virtual Outcome<std::vector<Vector>> embed(std::span<const std::string> texts) = 0;

  // Names the model, so that an index is rebuilt when it changes.
  virtual std::string model() const = 0;
};

// The bundled provider's model, called in the process itself: the same vectors without its pace.
// Used to build the index only; questions go through the provider.
class BundledEmbedder final : public Embedder {
 public:
  static constexpr const char* kModel = "hashed-ngrams-256";

  Outcome<std::vector<Vector>> embed(std::span<const std::string> texts) override {
    std::vector<Vector> vectors;
    for (const std::string& text : texts) vectors.push_back(text_vector(text));
    return vectors;
  }
  std::string model() const override { return kModel; }
};

}  // namespace looptape::tools::demo
