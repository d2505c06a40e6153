// See assemble.h.

#include "tools/demo/pipeline/assemble.h"

#include <algorithm>
#include <utility>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

constexpr std::string_view kSystem =
    "You answer questions about the software installed on this machine. Use only the numbered "
    "passages below. Quote names exactly. Put the number of the passage, like [2], after every "
    "sentence that rests on it. Say so when the passages do not hold the answer.";
constexpr std::string_view kBeforePassages = "Passages:\n";
constexpr std::string_view kBeforeHistory = "\nEarlier in this conversation:\n";
constexpr std::string_view kBeforeQuestion = "\nQuestion: ";

constexpr std::size_t kHistoryTokens = 200;   // of the latest answer; older turns: question only
constexpr std::size_t kShortestPassage = 24;  // tokens below which a cut passage says nothing

std::string passage_header(std::size_t slot, const StoredChunk& chunk) {
  return "\n[" + std::to_string(slot) + "] " + chunk.source + "\n";
}

std::string rendered_history(std::span<const Turn> history) {
  std::string text;
  for (const Turn& turn : history) {
    text += "Q: " + turn.question + "\n";
    if (&turn == &history.back()) {
      text += "A: " + std::string(prefix_of_tokens(turn.answer, kHistoryTokens)) + "\n";
    }
  }
  return text;
}

// Appends passages to `text` until `left` tokens are used up.
std::vector<PromptDocument> add_passages(std::span<const RankedChunk> ranked, std::size_t left, std::string& text) {
  std::vector<PromptDocument> documents;
  std::size_t slot = 0;
  bool full = false;
  for (const RankedChunk& candidate : ranked) {
    PromptDocument document{candidate.chunk.id, Fate::cut_by_budget, 0, 0};
    const std::string header = passage_header(slot + 1, candidate.chunk);
    const std::size_t header_tokens = count_tokens(header);
    const std::size_t whole = header_tokens + count_tokens(candidate.chunk.text);
    if (!full && whole <= left) {
      text += header + candidate.chunk.text;
      document = {candidate.chunk.id, Fate::kept, ++slot, whole};
    } else if (!full) {
      full = true;
      if (left >= header_tokens + kShortestPassage) {
        const auto part = prefix_of_tokens(candidate.chunk.text, left - header_tokens);
        text += header + std::string(part);
        document = {candidate.chunk.id, Fate::truncated, ++slot, header_tokens + count_tokens(part)};
      }
    }
    left -= std::min(left, document.tokens);
    documents.push_back(document);
  }
  return documents;
}

}  // namespace

std::string_view fate_name(Fate fate) {
  switch (fate) {
    case Fate::kept:
      return "kept";
    case Fate::truncated:
      return "truncated";
    case Fate::cut_by_budget:
      return "cut by budget";
  }
  return "unknown";
}

Prompt assemble(std::string_view question, std::span<const Turn> history, std::span<const RankedChunk> ranked,
                std::size_t budget_tokens) {
  Prompt prompt;
  const std::string past = rendered_history(history);
  prompt.tokens.system = count_tokens(kSystem);
  prompt.tokens.frame =
      count_tokens(kBeforePassages) + count_tokens(kBeforeQuestion) + (past.empty() ? 0 : count_tokens(kBeforeHistory));
  prompt.tokens.history = count_tokens(past);
  prompt.tokens.question = count_tokens(question);
  const std::size_t fixed = prompt.tokens.total();
  std::string user(kBeforePassages);
  prompt.documents = add_passages(ranked, budget_tokens > fixed ? budget_tokens - fixed : 0, user);
  for (const PromptDocument& document : prompt.documents) {
    prompt.tokens.documents += document.tokens;
  }
  if (!past.empty()) user.append(kBeforeHistory).append(past);
  user.append(kBeforeQuestion).append(question);
  prompt.messages = {{"system", std::string(kSystem)}, {"user", std::move(user)}};
  return prompt;
}

std::uint64_t prompt_template_hash() {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a: stable over builds, unlike std::hash
  for (const std::string_view part : {kSystem, kBeforePassages, kBeforeHistory, kBeforeQuestion}) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash = (hash ^ 0xFF) * 0x100000001b3;  // where a part ends
  }
  return hash;
}

}  // namespace looptape::tools::demo
