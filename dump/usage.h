// What a model call used, in counts that do not overlap.
//
// Providers tell counts that contain each other: prompt tokens with those read from their cache among them, completion
// tokens with those of reasoning among them.  Whoever prices the whole and the part pays twice for the part; so a call
// is kept in disjoint counts, and inclusive ones are derived where somebody wants them.
//
// Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace looptape::dump {

// Numbers of the format: new ones are added at the end.
enum class UsageKind : std::uint8_t {
  input = 0,        // prompt tokens that no cache of the provider's had
  cache_read = 1,   // prompt tokens read from it
  cache_write = 2,  // prompt tokens written to it, where that is charged for
  output = 3,       // completion tokens that are text or tool calls
  reasoning = 4,    // completion tokens that nobody sees
  embedding = 5,    // tokens that were embedded
  rerank = 6,       // the unit that a reranker charges for
  tool_call = 7,    // tools of the provider's own that it called
};
inline constexpr std::size_t kUsageKinds = 8;

struct Usage {
  std::array<std::uint64_t, kUsageKinds> counts{};
  std::uint8_t known = 0;  // a bit for each kind: what nobody told is not zero

  void set(UsageKind kind, std::uint64_t count) {
    counts[static_cast<std::size_t>(kind)] = count;
    known = static_cast<std::uint8_t>(known | 1u << static_cast<unsigned>(kind));
  }
  std::optional<std::uint64_t> get(UsageKind kind) const {
    if ((known >> static_cast<unsigned>(kind) & 1) == 0) return std::nullopt;
    return counts[static_cast<std::size_t>(kind)];
  }
  // All of the prompt, by which tiers of prices are chosen.
  std::uint64_t prompt() const { return counts[0] + counts[1] + counts[2]; }
  bool operator==(const Usage&) const = default;
};

// As most providers tell it; nothing: not told.
struct InclusiveUsage {
  std::optional<std::uint64_t> prompt = {};      // cached ones and written ones among them
  std::optional<std::uint64_t> cached = {};      // of the prompt
  std::optional<std::uint64_t> written = {};     // of the prompt
  std::optional<std::uint64_t> completion = {};  // reasoning among them
  std::optional<std::uint64_t> reasoning = {};   // of the completion
};

// Nothing when parts are told without their whole, or are more than it: such a call is flagged, its counts not guessed.
std::optional<Usage> disjoint(const InclusiveUsage& told);

}  // namespace looptape::dump
