// See pipeline.h.

#include "tools/demo/pipeline/pipeline.h"

#include <algorithm>
#include <span>
#include <utility>

#include "tools/demo/pipeline/contextualize.h"
#include "tools/demo/pipeline/fuse.h"
#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

// Texts of the passages in the prompt, by slot.
std::vector<std::string> texts_in_prompt(const Prompt& prompt, std::span<const RankedChunk> ranked) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < prompt.documents.size(); ++i) {
    if (prompt.documents[i].slot > 0) texts.push_back(ranked[i].chunk.text);
  }
  return texts;
}

std::vector<Source> sources_of(const Prompt& prompt, std::span<const RankedChunk> ranked,
                               const Evaluation& evaluation) {
  std::vector<Source> sources;
  for (std::size_t i = 0; i < prompt.documents.size(); ++i) {
    const PromptDocument& document = prompt.documents[i];
    if (document.slot == 0) continue;
    const bool cited = std::binary_search(evaluation.cited.begin(), evaluation.cited.end(), document.slot);
    sources.push_back({document.id, ranked[i].chunk.source, document.slot, ranked[i].score, ranked[i].fused_rank,
                       document.fate == Fate::truncated, cited});
  }
  return sources;
}

}  // namespace

Vector Pipeline::question_vector(const std::string& question, Answer& answer) {
  auto vector = parts_.embedder.embed(question);
  if (vector) return std::move(*vector);
  // Words alone still find most of it: better than no answer.
  answer.without_vector = true;
  return {};
}

Outcome<std::vector<RankedChunk>> Pipeline::search(const std::string& question, Answer& answer) {
  using Result = Outcome<std::vector<RankedChunk>>;
  const Vector vector = question_vector(question, answer);
  const auto legs = parts_.retriever.retrieve(question, vector, settings_.per_leg);
  if (!legs) return Result::failure(legs.error());
  const auto fused = fuse(legs->sparse, legs->dense, settings_.candidates);
  std::vector<ChunkId> ids;
  for (const FusedHit& hit : fused) ids.push_back(hit.id);
  auto candidates = parts_.index.chunks(ids);
  if (!candidates) return Result::failure(candidates.error());
  return parts_.reranker.rerank(question, std::move(*candidates));
}

Outcome<ChatCompletion> Pipeline::generate(const Prompt& prompt) {
  return parts_.chat.complete(prompt.messages, settings_.answer_tokens, {}, nullptr);
}

Outcome<Answer> Pipeline::ask(const Question& question) {
  using Result = Outcome<Answer>;
  Answer answer;
  const auto history = parts_.sessions.turns(question.tenant, question.session);
  answer.searched_for = contextualize(question.text, history).text;
  const auto ranked = search(answer.searched_for, answer);
  if (!ranked) return Result::failure(ranked.error());
  const std::size_t offered = std::min(settings_.in_prompt, ranked->size());
  const std::span<const RankedChunk> best(ranked->data(), offered);
  const Prompt prompt = assemble(answer.searched_for, history, best, settings_.prompt_tokens);
  const auto completion = generate(prompt);
  if (!completion) return Result::failure(completion.error());
  answer.text = printable_utf8(completion->text);
  answer.model = completion->model;
  answer.completion_tokens = completion->completion_tokens;
  answer.prompt_tokens = completion->prompt_tokens;
  answer.evaluation = evaluate(answer.text, texts_in_prompt(prompt, best));
  answer.sources = sources_of(prompt, best, answer.evaluation);
  parts_.sessions.add(question.tenant, question.session, {answer.searched_for, answer.text});
  return answer;
}

}  // namespace looptape::tools::demo
