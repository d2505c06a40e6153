// What is recorded of a prompt, its documents, a completion and an evaluation: attributes of the step
// that is open, and one short stage for each document.
//
// Called on the thread that runs the pipeline, inside the step meant. Numbers, ids and short names only:
// no text of a question, a document or an answer.

#pragma once

#include <looptape/looptape.h>

#include <cstddef>
#include <span>

#include "tools/demo/client/chat_client.h"
#include "tools/demo/pipeline/assemble.h"
#include "tools/demo/pipeline/evaluate.h"
#include "tools/demo/pipeline/fuse.h"
#include "tools/demo/pipeline/rerank.h"

namespace looptape::tools::demo {

// Template, budget and where the tokens went.
void record_prompt(const Prompt& prompt, std::size_t budget, looptape::Sequence& step);

// For each document offered to the prompt: its ranks and scores on the way, its slot, tokens and fate.
void record_documents(const Prompt& prompt, std::span<const RankedChunk> offered, std::span<const FusedHit> fused);

void record_completion(const ChatCompletion& completion, const std::string& asked_model, looptape::Sequence& step);

void record_evaluation(const Evaluation& evaluation, looptape::Sequence& step);

}  // namespace looptape::tools::demo
