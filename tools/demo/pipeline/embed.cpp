// See embed.h.

#include "tools/demo/pipeline/embed.h"

#include <span>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {

Outcome<Embeddings> QuestionEmbedder::ask_provider(const std::string& question) {
  return client_.request(std::span(&question, 1), {});
}

Outcome<Vector> QuestionEmbedder::embed(const std::string& question) {
  const std::string key = normalised(question);
  if (auto cached = cache_.get(key)) return *std::move(cached);
  auto fresh = ask_provider(key);
  if (!fresh) return Outcome<Vector>::failure(fresh.error());
  cache_.put(key, fresh->vectors.front());
  return std::move(fresh->vectors.front());
}

}  // namespace looptape::tools::demo
