// Stage "assemble": renders the prompt from its template, within a budget of tokens.
//
// Pure function: any thread may call it. System text, history and question always stay whole; the
// passages take what is left, best first; the one that does not fit any more is cut between words,
// the ones after it are left out.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/demo/client/chat_client.h"
#include "tools/demo/pipeline/contextualize.h"
#include "tools/demo/pipeline/rerank.h"

namespace looptape::tools::demo {

inline constexpr const char* kPromptTemplateId = "answer@v1";

// What became of a passage on its way into the prompt.
enum class Fate { kept, truncated, cut_by_budget };

std::string_view fate_name(Fate fate);

struct PromptDocument {
  ChunkId id;
  Fate fate;
  std::size_t slot;    // its number in the prompt, from 1; 0 when left out
  std::size_t tokens;  // as rendered
};

struct TokenComposition {
  std::size_t system = 0;
  std::size_t frame = 0;  // the template's own words in the user message
  std::size_t history = 0;
  std::size_t documents = 0;
  std::size_t question = 0;
  std::size_t total() const { return system + frame + history + documents + question; }
};

struct Prompt {
  std::vector<ChatMessage> messages;
  std::vector<PromptDocument> documents;  // in the order given, also those left out
  TokenComposition tokens;
};

// `ranked` is best first, `history` oldest first.
Prompt assemble(std::string_view question, std::span<const Turn> history, std::span<const RankedChunk> ranked,
                std::size_t budget_tokens);

// Hash of the template's own bytes: what tells two versions apart when their labels lie.
std::uint64_t prompt_template_hash();

}  // namespace looptape::tools::demo
