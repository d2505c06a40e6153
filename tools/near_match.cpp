// What somebody may have meant; see the header.
#include "tools/near_match.h"

#include <algorithm>

#include "core/likeness.h"

namespace looptape::tools {
namespace {
constexpr std::size_t kNearShown = 3, kCompared = 64;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  return core::edit_distance(a.substr(0, kCompared), b.substr(0, kCompared));
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
