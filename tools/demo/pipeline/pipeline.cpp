// See pipeline.h.

#include "tools/demo/pipeline/pipeline.h"

#include <algorithm>
#include <span>
#include <utility>

#include "tools/demo/pipeline/contextualize.h"
#include "tools/demo/pipeline/record.h"
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

// How many candidates the reranker put elsewhere.
std::size_t moved(std::span<const RankedChunk> ranked) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) count += ranked[i].fused_rank == i + 1 ? 0 : 1;
  return count;
}

}  // namespace

Vector Pipeline::embed(const std::string& question, const Context& context, looptape::Sequence& steps, Answer& answer) {
  steps.next<"embed", Kind::embed>();
  auto [vector, cache_hit] = parts_.embedder.embed(question, context);
  steps.set<"cache_hit">(cache_hit);
  if (vector) return std::move(*vector);
  // Words alone still find most of it: better than no answer.
  steps.fail();
  answer.without_vector = true;
  return {};
}

Outcome<std::vector<FusedHit>> Pipeline::retrieve(const std::string& question, const Vector& vector,
                                                  looptape::Sequence& steps) {
  steps.next<"retrieve", Kind::retrieve>();
  const auto legs = parts_.retriever.retrieve(question, vector, settings_.per_leg);
  if (!legs) return Outcome<std::vector<FusedHit>>::failure(legs.error());
  steps.set<"fallback_words_only">(vector.empty());
  steps.next<"fuse", Kind::fuse>();
  auto fused = fuse(legs->sparse, legs->dense, settings_.candidates);
  steps.set<"in">(legs->sparse.size() + legs->dense.size());
  steps.set<"out">(fused.size());
  return fused;
}

Outcome<std::vector<RankedChunk>> Pipeline::rerank(const std::string& question, std::span<const FusedHit> fused,
                                                   looptape::Sequence& steps) {
  steps.next<"rerank", Kind::rerank>();
  std::vector<ChunkId> ids;
  for (const FusedHit& hit : fused) ids.push_back(hit.id);
  auto candidates = parts_.index.chunks(ids);
  if (!candidates) return Outcome<std::vector<RankedChunk>>::failure(candidates.error());
  auto ranked = parts_.reranker.rerank(question, std::move(*candidates));
  steps.set<"candidates">(ranked.size());
  steps.set<"moved">(moved(ranked));
  if (!ranked.empty()) steps.set<"best_score">(ranked.front().score);
  return ranked;
}

Prompt Pipeline::assemble(const std::string& question, std::span<const Turn> history, std::span<const FusedHit> fused,
                          std::span<const RankedChunk> best, looptape::Sequence& steps) {
  steps.next<"assemble", Kind::assemble>();
  Prompt prompt = demo::assemble(question, history, best, settings_.prompt_tokens);
  record_prompt(prompt, settings_.prompt_tokens, steps);
  record_documents(prompt, best, fused);
  return prompt;
}

Outcome<ChatCompletion> Pipeline::generate(const Prompt& prompt, const Context& context, looptape::Sequence& steps) {
  steps.next<"generate", Kind::generate>();
  const std::string traceparent(context.traceparent().view());
  looptape::Sequence phases;
  phases.next<"generate.first_token", Kind::wait>();
  auto completion = parts_.chat.complete(prompt.messages, settings_.answer_tokens, traceparent,
                                         [&phases] { phases.next<"generate.stream", Kind::generate>(); });
  if (!completion) phases.fail();
  phases.end();
  if (completion) record_completion(*completion, parts_.chat.provider().model, steps);
  return completion;
}

Outcome<Answer> Pipeline::ask(const Question& question, const Context& context) {
  looptape::Sequence steps;
  auto answer = answered(question, context, steps);
  if (!answer) steps.fail();  // the step that was reached
  return answer;
}

Outcome<Answer> Pipeline::answered(const Question& question, const Context& context, looptape::Sequence& steps) {
  using Result = Outcome<Answer>;
  Answer answer;
  steps.next<"contextualize", Kind::contextualize>();
  const auto history = parts_.sessions.turns(question.tenant, question.session);
  const StandaloneQuestion standalone = contextualize(question.text, history);
  answer.searched_for = standalone.text;
  steps.set<"question_bytes">(question.text.size());
  steps.set<"history_turns">(history.size());
  steps.set<"rewritten">(standalone.rewritten);

  const Vector vector = embed(answer.searched_for, context, steps, answer);
  const auto fused = retrieve(answer.searched_for, vector, steps);
  if (!fused) return Result::failure(fused.error());
  const auto ranked = rerank(answer.searched_for, *fused, steps);
  if (!ranked) return Result::failure(ranked.error());
  const std::span<const RankedChunk> best(ranked->data(), std::min(settings_.in_prompt, ranked->size()));
  const Prompt prompt = assemble(answer.searched_for, history, *fused, best, steps);
  const auto completion = generate(prompt, context, steps);
  if (!completion) return Result::failure(completion.error());
  answer.text = printable_utf8(completion->text);
  answer.model = completion->model;
  answer.completion_tokens = completion->completion_tokens;
  answer.prompt_tokens = completion->prompt_tokens;

  steps.next<"evaluate", Kind::evaluate>();
  answer.evaluation = evaluate(answer.text, texts_in_prompt(prompt, best));
  record_evaluation(answer.evaluation, steps);
  answer.sources = sources_of(prompt, best, answer.evaluation);
  parts_.sessions.add(question.tenant, question.session, {answer.searched_for, answer.text});
  return answer;
}

}  // namespace looptape::tools::demo
