// See record.h.

#include "tools/demo/pipeline/record.h"

#include <algorithm>

namespace looptape::tools::demo {

void record_prompt(const Prompt& prompt, std::size_t budget, looptape::Sequence& step) {
  const auto with_fate = [&prompt](Fate fate) {
    return std::count_if(prompt.documents.begin(), prompt.documents.end(),
                         [fate](const PromptDocument& document) { return document.fate == fate; });
  };
  step.set<"template">(kPromptTemplateId);
  step.set<"template_hash">(prompt_template_hash());
  step.set<"budget_tokens">(budget);
  step.set<"system_tokens">(prompt.tokens.system + prompt.tokens.frame);
  step.set<"history_tokens">(prompt.tokens.history);
  step.set<"document_tokens">(prompt.tokens.documents);
  step.set<"question_tokens">(prompt.tokens.question);
  step.set<"kept">(with_fate(Fate::kept));
  step.set<"truncated">(with_fate(Fate::truncated));
  step.set<"cut_by_budget">(with_fate(Fate::cut_by_budget));
}

void record_documents(const Prompt& prompt, std::span<const RankedChunk> offered, std::span<const FusedHit> fused) {
  for (std::size_t i = 0; i < prompt.documents.size(); ++i) {
    const PromptDocument& document = prompt.documents[i];
    looptape::Stage<"assemble.document", Kind::assemble> stage;
    stage.set<"id">(document.id);
    const auto hit = std::find_if(fused.begin(), fused.end(),
                                  [&](const FusedHit& candidate) { return candidate.id == document.id; });
    if (hit != fused.end()) {
      stage.set<"sparse_rank">(hit->sparse_rank);
      stage.set<"dense_rank">(hit->dense_rank);
      stage.set<"fused_score">(hit->score);
    }
    stage.set<"fused_rank">(offered[i].fused_rank);
    stage.set<"rerank_rank">(i + 1);
    stage.set<"rerank_score">(offered[i].score);
    stage.set<"slot">(document.slot);
    stage.set<"tokens">(document.tokens);
    stage.set<"fate">(fate_name(document.fate));
  }
}

void record_completion(const ChatCompletion& completion, const std::string& asked_model, looptape::Sequence& step) {
  step.set<"model">(asked_model);
  if (completion.model != asked_model) step.set<"answering_model">(completion.model);
  if (completion.prompt_tokens) step.set<"prompt_tokens">(*completion.prompt_tokens);
  if (completion.completion_tokens) step.set<"completion_tokens">(*completion.completion_tokens);
  step.set<"first_token_ns">(completion.to_first_piece.count());
  step.set<"pieces">(completion.pieces);
  step.set<"answer_bytes">(completion.text.size());
  step.set<"finish_reason">(completion.finish_reason);
}

void record_evaluation(const Evaluation& evaluation, looptape::Sequence& step) {
  step.set<"grounded_permille">(evaluation.grounded_permille);
  step.set<"cited">(evaluation.cited.size());
  step.set<"invalid_citations">(evaluation.invalid_citations);
  step.set<"sentences">(evaluation.sentences);
  step.set<"sentences_uncited">(evaluation.sentences_uncited);
}

}  // namespace looptape::tools::demo
