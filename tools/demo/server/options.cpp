// See options.h.

#include "tools/demo/server/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

namespace looptape::tools::demo {
namespace {

constexpr const char* kAbout =
    "Answers questions about the software on this machine, from the headers under /usr/include\n"
    "and the documents under /usr/share/doc, and is recorded by Looptape while it does so.";

constexpr const char* kExamples =
    "Examples:\n"
    "  ragdemo --port 8080\n"
    "  curl -s localhost:8080/ask -d '{\"question\": \"How do I compress a buffer with zlib?\",\n"
    "                                  \"tenant\": \"acme\", \"session\": \"s1\"}'\n"
    "  ragdemo --llm http://127.0.0.1:11434 --model llama3.2 --embeddings bundled\n"
    "\n"
    "The key for --llm, when it wants one, is taken from RAGDEMO_API_KEY.";

std::filesystem::path default_index_directory() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') {
    return std::filesystem::path(cache) / "ragdemo";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return std::filesystem::path(home) / ".cache" / "ragdemo";
  }
  return std::filesystem::temp_directory_path() / "ragdemo";
}

void add_server_options(CLI::App& app, Options& options) {
  app.add_option("--host", options.host, "address to listen on")->group("Server");
  app.add_option("--port", options.port, "port; 0 takes a free one and prints it")
      ->check(CLI::Range(0, 65535))
      ->group("Server");
  app.add_option("--threads", options.threads, "connections served at the same time")
      ->check(CLI::Range(1, 1024))
      ->group("Server");
}

void add_cpu_options(CLI::App& app, Options& options) {
  app.add_option("--cpus", options.cpus, "CPUs for everything but the reranker, e.g. 0,1")
      ->delimiter(',')
      ->group("Server");
}

void add_model_options(CLI::App& app, Options& options) {
  app.add_option("--llm", options.llm, "url of a provider that speaks the OpenAI protocols")->group("Model");
  app.add_option("--model", options.model, "chat model to ask it for")->group("Model");
  app.add_option("--embeddings", options.embeddings,
                 "url of the provider of embeddings, or 'bundled'; as --llm when not given")
      ->group("Model");
  app.add_option("--embedding-model", options.embedding_model, "as --model when not given")->group("Model");
  app.add_option("--provider-option", options.provider_options,
                 "option for the bundled provider, e.g. --provider-option=--token-us=20000")
      ->group("Model");
}

void add_index_options(CLI::App& app, Options& options) {
  app.add_option("--index", options.index.directory, "directory of the index")->group("Index");
  app.add_option("--corpus", options.index.roots, "directories to read")->check(CLI::ExistingDirectory)->group("Index");
  app.add_option("--chunks", options.index.most_chunks, "passages at most")
      ->check(CLI::Range(1, 20'000))
      ->group("Index");
  app.add_flag("--rebuild", options.index.rebuild, "build the index anew")->group("Index");
}

void add_pipeline_options(CLI::App& app, Options& options) {
  PipelineSettings& pipeline = options.pipeline;
  app.add_option("--embed-cache", options.cached_embeddings, "embeddings kept in memory")
      ->check(CLI::Range(0, 1'000'000))
      ->group("Pipeline");
  app.add_option("--per-leg", pipeline.per_leg, "passages each leg of the retrieval returns")
      ->check(CLI::Range(1, 1000))
      ->group("Pipeline");
  app.add_option("--candidates", pipeline.candidates, "passages the reranker looks at")
      ->check(CLI::Range(1, 1000))
      ->group("Pipeline");
  app.add_option("--rerank-threads", options.rerank_threads, "threads of the reranker")
      ->check(CLI::Range(1, 64))
      ->group("Pipeline");
  app.add_option("--rerank-cpus", options.rerank_cpus, "CPUs they are bound to, e.g. 0,1")
      ->delimiter(',')
      ->group("Pipeline");
  app.add_option("--in-prompt", pipeline.in_prompt, "passages offered to the prompt")
      ->check(CLI::Range(1, 100))
      ->group("Pipeline");
  app.add_option("--prompt-tokens", pipeline.prompt_tokens, "budget of the prompt")
      ->check(CLI::Range(100, 1'000'000))
      ->group("Pipeline");
  app.add_option("--answer-tokens", pipeline.answer_tokens, "tokens of the answer at most")
      ->check(CLI::Range(1, 100'000))
      ->group("Pipeline");
}

void add_recorder_options(CLI::App& app, Options& options) {
  app.add_flag("!--no-record", options.recorded, "do not record")->group("Recorder");
  app.add_option("--limit-ms", options.limit_ms,
                 "a request of kind 'ask' that takes longer leaves a dump; 0: none does")
      ->check(CLI::Range(0, 3'600'000))
      ->group("Recorder");
  app.add_option("--window-seconds", options.window_seconds, "what the recorder keeps: 1 to 86400")->group("Recorder");
  app.add_option("--budget-mib", options.budget_mib, "memory it may use: 4 to 16384")->group("Recorder");
  app.add_option("--delay-ms", options.delay_ms, "from a trigger to its dump: 0 to 600000, at most the window")
      ->group("Recorder");
  app.add_option("--cooldown-ms", options.cooldown_ms, "between two dumps at least: 0 to 86400000")->group("Recorder");
  app.add_option("--output", options.output, "directory of the dumps' service directory; LOOPTAPE_DIR counts before it")
      ->group("Recorder");
}

// What the client is built to speak; a provider behind TLS is reached through a proxy of one's own.
void require_http(const std::string& option, const std::string& url) {
  if (url.empty() || url.starts_with("http://")) return;
  throw CLI::ValidationError(
      option, "only http:// is spoken, and this is " + url + "; for https put a proxy on this machine between the two");
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv, int& exit_code) {
  Options options;
  options.index.directory = default_index_directory();
  CLI::App app(kAbout, "ragdemo");
  app.footer(kExamples);
  app.option_defaults()->always_capture_default();
  add_server_options(app, options);
  add_cpu_options(app, options);
  add_model_options(app, options);
  add_index_options(app, options);
  add_pipeline_options(app, options);
  add_recorder_options(app, options);
  try {
    app.parse(argc, argv);
    if (!options.llm.empty() && options.model.empty()) {
      throw CLI::ValidationError("--llm", "needs --model");
    }
    require_http("--llm", options.llm);
    if (!options.bundled_embeddings()) require_http("--embeddings", options.embeddings);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  if (options.embedding_model.empty()) options.embedding_model = options.model;
  return options;
}

}  // namespace looptape::tools::demo
