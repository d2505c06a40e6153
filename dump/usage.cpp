// Counts that do not overlap: see usage.h.
#include "dump/usage.h"

namespace looptape::dump {

std::optional<Usage> disjoint(const InclusiveUsage& told) {
  Usage usage;
  if (told.prompt) {
    std::uint64_t rest = *told.prompt;
    const auto take = [&](UsageKind kind, const std::optional<std::uint64_t>& part) {
      if (!part) return true;
      if (*part > rest) return false;
      rest -= *part;
      usage.set(kind, *part);
      return true;
    };
    if (!take(UsageKind::cache_read, told.cached) || !take(UsageKind::cache_write, told.written)) return std::nullopt;
    usage.set(UsageKind::input, rest);
  } else if (told.cached || told.written) {
    return std::nullopt;
  }
  if (told.completion) {
    const std::uint64_t hidden = told.reasoning.value_or(0);
    if (hidden > *told.completion) return std::nullopt;
    if (told.reasoning) usage.set(UsageKind::reasoning, hidden);
    usage.set(UsageKind::output, *told.completion - hidden);
  } else if (told.reasoning) {
    return std::nullopt;
  }
  return usage;
}

}  // namespace looptape::dump
