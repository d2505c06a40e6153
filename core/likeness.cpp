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

namespace {

constexpr std::size_t kShortestWord = 3;   // shorter words are alike by chance
constexpr std::size_t kWordsTogether = 3;  // of a known name, that somebody may have written for the whole

std::vector<std::string_view> words_of(std::string_view name) {
  std::vector<std::string_view> words;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find_first_of("_.-"), name.size());
    if (end != 0) words.push_back(name.substr(0, end));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return words;
}

// But for mistyping: two letters of five, which is two that changed places, and one of fewer.
bool alike(std::string_view a, std::string_view b) {
  const std::size_t shorter = std::min(a.size(), b.size()), longer = std::max(a.size(), b.size());
  const std::size_t mistyped = std::max<std::size_t>(1, shorter * 2 / 5);
  return shorter != 0 && longer - shorter <= mistyped && edit_distance(a, b) <= mistyped;
}

bool near(std::string_view written, std::string_view known) {
  if (alike(written, known)) return true;
  if (written.size() < kShortestWord || known.size() < kShortestWord) return false;
  if (written.find(known) != std::string_view::npos) return true;
  const std::vector<std::string_view> theirs = words_of(known);
  for (std::size_t first = 0; first < theirs.size(); ++first)
    for (std::size_t last = first; last < std::min(first + kWordsTogether, theirs.size()); ++last) {
      const char* const begin = theirs[first].data();
      const std::string_view part(begin, static_cast<std::size_t>(theirs[last].end() - theirs[first].begin()));
      if (part.size() >= kShortestWord && alike(written, part)) return true;
    }
  // One word of several, when it is the half of what was written.
  for (const std::string_view word : words_of(written)) {
    if (word.size() < kShortestWord || 2 * (word.size() + 1) < written.size()) continue;
    for (const std::string_view other : theirs)
      if (other.size() >= kShortestWord && alike(word, other)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::size_t> remoteness(std::string_view written, std::string_view known) {
  if (!near(written, known)) return std::nullopt;
  // Among those with as much in common, edits decide.
  const std::size_t uncommon = 2 * written.size() - common_part(written, known);
  constexpr std::size_t kMostEdits = 0xffff;
  return uncommon * (kMostEdits + 1) + std::min(edit_distance(written, known), kMostEdits);
}

}  // namespace looptape::core
