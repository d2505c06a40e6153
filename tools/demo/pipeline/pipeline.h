// The answer's way through the stages: contextualize, embed, retrieve, fuse, rerank, assemble,
// generate, evaluate.
//
// Any number of threads may ask at once; each call stays on its thread but for the dense leg and the
// reranker's shares. Everything it uses is passed in and owned by `main`. The stages are the steps of
// one recorded sequence; they belong to the request that is current when `ask` is called.

#pragma once

#include <looptape/looptape.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/demo/client/chat_client.h"
#include "tools/demo/index/search_index.h"
#include "tools/demo/outcome.h"
#include "tools/demo/pipeline/assemble.h"
#include "tools/demo/pipeline/embed.h"
#include "tools/demo/pipeline/evaluate.h"
#include "tools/demo/pipeline/fuse.h"
#include "tools/demo/pipeline/rerank.h"
#include "tools/demo/pipeline/retrieve.h"
#include "tools/demo/pipeline/session_history.h"

namespace looptape::tools::demo {

struct Question {
  std::string text;
  std::string tenant;
  std::string session;  // empty: no history
};

struct Source {
  ChunkId id;
  std::string source;  // path@offset
  std::size_t slot;    // its number in the prompt and in the answer's citations
  double score;        // the reranker's
  std::size_t fused_rank;
  bool truncated;
  bool cited;
};

struct Answer {
  std::string text;
  std::string searched_for;  // the question after contextualize
  std::string model;
  std::vector<Source> sources;                                  // in the order of the prompt
  std::optional<std::size_t> prompt_tokens, completion_tokens;  // none: the provider did not say
  Evaluation evaluation;
  bool without_vector = false;  // the embedding model failed; the sparse leg alone was used
};

struct PipelineSettings {
  std::size_t per_leg = 150;
  std::size_t candidates = 200;  // that the reranker sees
  std::size_t in_prompt = 8;     // best ones offered to the prompt
  std::size_t prompt_tokens = 1600;
  std::size_t answer_tokens = 120;
};

class Pipeline {
 public:
  struct Parts {
    SearchIndex& index;
    QuestionEmbedder& embedder;
    Retriever& retriever;
    Reranker& reranker;
    ChatClient& chat;
    SessionHistory& sessions;
  };

  Pipeline(Parts parts, PipelineSettings settings) : parts_(parts), settings_(settings) {}

  // `context`: of the request that is asked; the calls to the providers name it as their caller, so that traces go on
  // from the asker to them whether the request is recorded or not.
  Outcome<Answer> ask(const Question& question, const Context& context);

 private:
  Outcome<Answer> answered(const Question& question, const Context& context, looptape::Sequence& steps);
  Vector embed(const std::string& question, const Context& context, looptape::Sequence& steps, Answer& answer);
  Outcome<std::vector<FusedHit>> retrieve(const std::string& question, const Vector& vector, looptape::Sequence& steps);
  Outcome<std::vector<RankedChunk>> rerank(const std::string& question, std::span<const FusedHit> fused,
                                           looptape::Sequence& steps);
  Prompt assemble(const std::string& question, std::span<const Turn> history, std::span<const FusedHit> fused,
                  std::span<const RankedChunk> best, looptape::Sequence& steps);
  Outcome<ChatCompletion> generate(const Prompt& prompt, const Context& context, looptape::Sequence& steps);

  Parts parts_;
  PipelineSettings settings_;
};

}  // namespace looptape::tools::demo
