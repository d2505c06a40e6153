// How much two words are alike, to guess what somebody meant.
//
// Pure; ordinary threads only (allocates).  Takes time as the product of the lengths: words, not texts.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace looptape::core {

// Insertions, removals and replacements of bytes that make one the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// What the two have in common: 2 for each byte of the most similar parts, less 1 for each edit within these.  What
// stands before and after these parts costs nothing: "BUDGT" is in "BUDGET_BYTES".
std::size_t common_part(std::string_view a, std::string_view b);

// How far a known name is from what was written: the one with less is nearer.  Nothing: they are not near, which they
// are when they, or words that they are made of ("disk" of "disk_free_floor"), are the same but for mistyping.  Letters
// in common may be chance.
std::optional<std::size_t> remoteness(std::string_view written, std::string_view known);

}  // namespace looptape::core
