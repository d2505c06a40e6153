// ragdemo's command line.
//
// Parsed once in `main`.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tools/demo/index/index_builder.h"
#include "tools/demo/pipeline/pipeline.h"

namespace looptape::tools::demo {

struct Options {
  std::string host = "127.0.0.1";
  int port = 8080;
  std::size_t threads = 48;
  std::vector<int> cpus;  // for all but the reranker; empty: any

  std::string llm;         // empty: the bundled provider
  std::string model;       // of --llm
  std::string embeddings;  // url, "bundled", or empty: the same provider as --llm
  std::string embedding_model;
  std::vector<std::string> provider_options;  // for the bundled provider

  IndexSettings index;
  PipelineSettings pipeline;
  std::size_t cached_embeddings = 256;
  std::size_t rerank_threads = 2;
  std::vector<int> rerank_cpus;

  bool recorded = true;
  int limit_ms = 1500;  // a slower request leaves a dump; 0: none does
  int window_seconds = 60;
  int delay_ms = 500;
  int cooldown_ms = 5000;
  std::size_t budget_mib = 48;
  std::string output;  // empty: the recorder's default

  bool bundled_chat() const { return llm.empty(); }
  bool bundled_embeddings() const { return embeddings == "bundled" || (embeddings.empty() && llm.empty()); }
};

// Nothing when the program is to end at once, with `exit_code`: --help, or a wrong option that has
// been explained on stderr (2).
std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

}  // namespace looptape::tools::demo
