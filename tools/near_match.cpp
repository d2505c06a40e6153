// What somebody may have meant; see the header.
#include "tools/near_match.h"

#include <algorithm>
#include <numeric>

namespace looptape::tools {
namespace {
constexpr std::size_t kNearShown = 3, kCompared = 64;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kCompared), b = b.substr(0, kCompared);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

bool Nearest::wants(std::uint64_t distance) const { return best_.size() < kNearShown || distance < best_.back().first; }

void Nearest::offer(std::uint64_t distance, const std::string& text) {
  if (!wants(distance)) return;
  for (const auto& [known, shown] : best_) {
    if (shown == text) return;
  }
  best_.emplace_back(distance, text);
  std::stable_sort(best_.begin(), best_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (best_.size() > kNearShown) best_.pop_back();
}

std::vector<std::string> Nearest::texts() const {
  std::vector<std::string> result;
  for (const auto& [distance, text] : best_) result.push_back(text);
  return result;
}

}  // namespace looptape::tools
