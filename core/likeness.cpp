// How much two words are alike; see the header.
#include "core/likeness.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace looptape::core {

// Levenshtein's, a row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

// Smith and Waterman's, a row at a time: row[j] is the best of parts that end at a[i] and b[j - 1].
std::size_t common_part(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::size_t best = 0;
  const auto less = [](std::size_t score) { return score == 0 ? 0 : score - 1; };
  for (const char c : a) {
    std::size_t diagonal = 0;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t aligned = c == b[j] ? diagonal + 2 : less(diagonal);
      diagonal = row[j + 1];
      row[j + 1] = std::max({aligned, less(diagonal), less(row[j])});
      best = std::max(best, row[j + 1]);
    }
  }
  return best;
}

std::optional<std::size_t> remoteness(std::string_view written, std::string_view known) {
  const std::size_t common = common_part(written, known), most = 2 * written.size();
  if (common <= written.size() && (known.empty() || common < 2 * known.size())) return std::nullopt;
  // Among those with as much in common, edits decide.
  constexpr std::size_t kMostEdits = 0xffff;
  return (most - common) * (kMostEdits + 1) + std::min(edit_distance(written, known), kMostEdits);
}

}  // namespace looptape::core
