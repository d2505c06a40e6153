// Stage "contextualize": makes a follow-up question stand on its own, from the session's history.
//
// Pure function: any thread may call it. It rewrites by rule, without a model: a pronoun is replaced
// by the subject of the previous turn, a question that names too little gets that subject appended.

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace looptape::tools::demo {

struct Turn {
  std::string question;  // as it was searched for, so that a chain of follow-ups keeps its subject
  std::string answer;
};

struct StandaloneQuestion {
  std::string text;
  bool rewritten = false;
};

// `history` is oldest first.
StandaloneQuestion contextualize(std::string_view question, std::span<const Turn> history);

}  // namespace looptape::tools::demo
