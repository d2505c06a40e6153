// See evaluate.h.

#include "tools/demo/pipeline/evaluate.h"

#include <charconv>
#include <set>
#include <unordered_set>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

struct Citation {
  std::size_t begin;
  std::size_t end;
  std::size_t number;
};

// Every "[n]" in the text.
std::vector<Citation> citations(std::string_view text) {
  std::vector<Citation> found;
  for (std::size_t open = text.find('['); open != std::string_view::npos; open = text.find('[', open + 1)) {
    std::size_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + open + 1, last, number);
    if (error != std::errc() || end == last || *end != ']') continue;
    found.push_back({open, static_cast<std::size_t>(end - text.data()) + 1, number});
  }
  return found;
}

std::string without_citations(std::string_view text, const std::vector<Citation>& marks) {
  std::string rest;
  std::size_t begin = 0;
  for (const Citation& mark : marks) {
    rest.append(text.substr(begin, mark.begin - begin));
    begin = mark.end;
  }
  return rest.append(text.substr(begin));
}

// A citation follows the full stop of its sentence: "It frees memory. [2]". So a sentence is cited
// when the text before the next one begins with a mark, or when it holds one itself.
void count_sentences(std::string_view answer, const std::vector<Citation>& marks, Evaluation& result) {
  const auto parts = sentences(answer);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto begin = static_cast<std::size_t>(parts[i].data() - answer.data());
    const std::size_t end = begin + parts[i].size();
    if (words(without_citations(parts[i], citations(parts[i]))).empty()) continue;
    bool cited = false;
    for (const Citation& mark : marks) {
      const bool inside = mark.begin > begin && mark.begin < end;
      const bool after = mark.begin >= end && mark.begin <= end + 1;
      cited = cited || inside || after;
    }
    ++result.sentences;
    if (!cited) ++result.sentences_uncited;
  }
}

}  // namespace

Evaluation evaluate(std::string_view answer, std::span<const std::string> passages) {
  Evaluation result;
  const auto marks = citations(answer);
  std::set<std::size_t> valid;
  for (const Citation& mark : marks) {
    if (mark.number >= 1 && mark.number <= passages.size()) {
      valid.insert(mark.number);
    } else {
      ++result.invalid_citations;
    }
  }
  result.cited.assign(valid.begin(), valid.end());
  std::unordered_set<std::string> known;
  for (const std::string& passage : passages) {
    for (std::string& word : words(passage)) known.insert(std::move(word));
  }
  const auto said = content_words(without_citations(answer, marks));
  std::size_t grounded = 0;
  for (const std::string& word : said) grounded += known.count(word);
  result.grounded_permille = said.empty() ? 0 : grounded * 1000 / said.size();
  count_sentences(answer, marks, result);
  return result;
}

}  // namespace looptape::tools::demo
