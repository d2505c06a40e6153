// See embed.h.

#include "tools/demo/pipeline/embed.h"

#include <looptape/looptape.h>

#include <span>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {

Outcome<Embeddings> QuestionEmbedder::ask_provider(const std::string& question, const Context& context) {
  looptape::Stage<"embed.call", Kind::embed> stage;
  const std::string traceparent(context.traceparent().view());
  auto embeddings = client_.request(std::span(&question, 1), traceparent);
  stage.set<"model">(client_.model());
  if (embeddings) {
    stage.set<"tokens">(embeddings->tokens);
    stage.set<"dimensions">(embeddings->vectors.front().size());
  } else {
    stage.fail();
  }
  return embeddings;
}

QuestionEmbedder::Result QuestionEmbedder::embed(const std::string& question, const Context& context) {
  const std::string key = normalised(question);
  if (auto cached = cache_.get(key)) {
    looptape::Counter<"embed_cache_hits">::add();
    return {*std::move(cached), true};
  }
  looptape::Counter<"embed_cache_misses">::add();
  auto fresh = ask_provider(key, context);
  if (!fresh) return {Outcome<Vector>::failure(fresh.error()), false};
  const std::size_t evicted = cache_.put(key, fresh->vectors.front());
  if (evicted > 0) looptape::event<"embed_cache_evicted">(evicted);
  return {std::move(fresh->vectors.front()), false};
}

}  // namespace looptape::tools::demo
