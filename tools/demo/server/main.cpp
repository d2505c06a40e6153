// ragdemo: a retrieval-augmented question-answering server over the text found on this machine.

#include <looptape/looptape.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "tools/demo/client/embedding_client.h"
#include "tools/demo/index/index_builder.h"
#include "tools/demo/server/ask_server.h"
#include "tools/demo/server/bundled_provider.h"
#include "tools/demo/server/options.h"
#include "tools/demo/stop_signal.h"

namespace looptape::tools::demo {
namespace {

int complain(const std::string& what) {
  std::fprintf(stderr, "ragdemo: %s\n", what.c_str());
  return 1;
}

std::string api_key() {
  const char* key = std::getenv("RAGDEMO_API_KEY");
  return key == nullptr ? std::string() : std::string(key);
}

struct Providers {
  ModelProvider chat;
  ModelProvider embeddings;
};

Providers providers(const Options& options, const std::string& bundled_url) {
  Providers result;
  result.chat = options.bundled_chat() ? ModelProvider{bundled_url, BundledProvider::kChatModel, {}}
                                       : ModelProvider{options.llm, options.model, api_key()};
  if (options.bundled_embeddings()) {
    result.embeddings = {bundled_url, BundledEmbedder::kModel, {}};
  } else {
    result.embeddings = {options.embeddings.empty() ? options.llm : options.embeddings, options.embedding_model,
                         api_key()};
  }
  return result;
}

// The bundled model's vectors are made in this process, without its pace; another model's by asking.
Outcome<std::unique_ptr<SearchIndex>> open_index(const Options& options, EmbeddingClient& client) {
  BundledEmbedder bundled;
  Embedder& embedder = options.bundled_embeddings() ? static_cast<Embedder&>(bundled) : client;
  const auto file = ensure_index(options.index, embedder);
  if (!file) return Outcome<std::unique_ptr<SearchIndex>>::failure(file.error());
  return SearchIndex::open(*file);
}

looptape::Settings recorder_settings(const Options& options) {
  looptape::Settings settings{.service = "ragdemo", .version = "1"};
  settings.directory = options.output;
  settings.budget_bytes = options.budget_mib << 20;
  settings.window = std::chrono::seconds(options.window_seconds);
  settings.delay = std::chrono::milliseconds(options.delay_ms);
  settings.cooldown = std::chrono::milliseconds(options.cooldown_ms);
  if (options.limit_ms > 0) settings.slow = {{"ask", std::chrono::milliseconds(options.limit_ms)}};
  return settings;
}

int serve(const Options& options, StopSignal& stop) {
  std::optional<BundledProvider> bundled;
  if (options.bundled_chat() || options.bundled_embeddings()) {
    auto started = BundledProvider::start(own_directory() + "/ragdemo-provider", options.provider_options);
    if (!started) return complain(started.error());
    bundled.emplace(std::move(*started));
  }
  const Providers models = providers(options, bundled ? bundled->url : std::string());
  EmbeddingClient embeddings(models.embeddings);
  ChatClient chat(models.chat);
  const auto index = open_index(options, embeddings);
  if (!index) return complain(index.error());

  std::optional<looptape::Recorder> recorder;
  if (options.recorded) recorder.emplace(recorder_settings(options));
  ThreadPool dense_pool("dense", 2);
  ThreadPool rerank_pool("rerank", options.rerank_threads, options.rerank_cpus,
                         [](std::size_t waiting) { looptape::Gauge<"rerank_waiting">::set(waiting); });
  QuestionEmbedder embedder(embeddings, options.cached_embeddings);
  Retriever retriever(**index, dense_pool);
  Reranker reranker(rerank_pool);
  SessionHistory sessions;
  Pipeline pipeline({**index, embedder, retriever, reranker, chat, sessions}, options.pipeline);
  AskServer server(pipeline, (*index)->size(), options.threads);
  const auto port = server.bind(options.host, options.port);
  if (!port) return complain(port.error());
  stop.call([&server] { server.stop(); });
  std::printf("ragdemo listening on %s:%d\n", options.host.c_str(), *port);
  if (recorder && recorder->recording()) std::printf("recorded; dumps go to %s\n", recorder->directory().c_str());
  std::fflush(stdout);
  server.listen();
  stop.call({});
  return 0;
}

}  // namespace
}  // namespace looptape::tools::demo

int main(int argc, char** argv) {
  using namespace looptape::tools::demo;
  int exit_code = 0;
  const auto options = parse_options(argc, argv, exit_code);
  if (!options) return exit_code;
  std::signal(SIGPIPE, SIG_IGN);
  bind_this_thread(options->cpus);
  StopSignal stop;
  return serve(*options, stop);
}
