// What a stage does, as a closed list that tools and exports understand.
//
// Data only.  Numbers are part of the format: appended to, never changed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace looptape {

enum class Kind : std::uint8_t {
  other = 0,
  request,
  guardrail,
  contextualize,
  embed,
  retrieve,
  fuse,
  rerank,
  assemble,
  generate,
  evaluate,
  tool,
  cache,
  wait,
};

namespace core {
inline constexpr std::array<std::string_view, 14> kKindNames = {
    "other",  "request",  "guardrail", "contextualize", "embed", "retrieve", "fuse",
    "rerank", "assemble", "generate",  "evaluate",      "tool",  "cache",    "wait"};

// "other" for a number that a newer version introduced.
constexpr std::string_view kind_name(std::uint8_t kind) {
  return kind < kKindNames.size() ? kKindNames[kind] : kKindNames[0];
}
}  // namespace core
}  // namespace looptape
