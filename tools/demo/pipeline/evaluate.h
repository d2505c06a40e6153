// Stage "evaluate": how much of the answer is found in the passages, and what it cites.
//
// Pure function: any thread may call it. It compares words; it does not understand them.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace looptape::tools::demo {

struct Evaluation {
  std::size_t grounded_permille = 0;  // of the answer's content words, those found in a passage
  std::vector<std::size_t> cited;     // passage numbers that exist, ascending, each once
  std::size_t invalid_citations = 0;  // numbers that no passage has
  std::size_t sentences = 0;
  std::size_t sentences_uncited = 0;
};

// `passages[i]` is the text of passage i + 1.
Evaluation evaluate(std::string_view answer, std::span<const std::string> passages);

}  // namespace looptape::tools::demo
