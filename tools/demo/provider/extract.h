// The bundled model's answer: the sentences of the prompt's passages that fit the question best.
//
// Pure functions: any thread may call them. No language is generated: what it says stands in the
// prompt. It knows nothing about the server but the prompt it is given.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace looptape::tools::demo {

struct PromptPassage {
  std::size_t number;  // as in "[3] /usr/include/zlib.h@1200"; 0: the prompt numbers nothing
  std::string_view text;
};

struct PromptParts {
  std::vector<PromptPassage> passages;
  std::string_view question;
};

// Finds the numbered passages and the question in a user's message. Without numbers the whole
// message but its last paragraph is one passage.
PromptParts prompt_parts(std::string_view message);

// At most `most_tokens` long.
std::string extract_answer(std::string_view message, std::size_t most_tokens);

}  // namespace looptape::tools::demo
