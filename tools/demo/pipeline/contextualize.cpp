// See contextualize.h.

#include "tools/demo/pipeline/contextualize.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

constexpr std::size_t kSubjectWords = 5;
constexpr std::size_t kOwnSubjectWords = 4;  // from here on a question with a pronoun names what it means
constexpr std::array<std::string_view, 6> kPronouns = {"it", "them", "they", "this", "that", "those"};
constexpr std::array<std::string_view, 4> kOpenings = {"and ", "what about", "how about", "but "};

// What the last turn was about: its content words in their order.
std::string subject_of(const Turn& turn) {
  std::string subject;
  std::size_t count = 0;
  for (const std::string& word : content_words(turn.question)) {
    if (subject.find(word) != std::string::npos) continue;
    if (count++ == kSubjectWords) break;
    if (!subject.empty()) subject += ' ';
    subject += word;
  }
  return subject;
}

bool is_pronoun(const std::string& word) {
  return std::find(kPronouns.begin(), kPronouns.end(), word) != kPronouns.end();
}

bool continues(std::string_view question) {
  const std::string text = normalised(question);
  return std::any_of(kOpenings.begin(), kOpenings.end(),
                     [&](std::string_view opening) { return text.starts_with(opening); });
}

// Whether the question needs the turn before it: it says so, points at something, or names nothing.
bool is_follow_up(std::string_view question) {
  const std::size_t own = content_words(question).size();
  const auto all = words(question);
  const bool points = std::any_of(all.begin(), all.end(), is_pronoun);
  return continues(question) || own == 0 || (points && own < kOwnSubjectWords);
}

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Replaces the first word of the question that is a pronoun; false when there is none.
bool replace_pronoun(std::string& question, const std::string& subject) {
  for (std::size_t begin = 0; begin < question.size();) {
    if (!is_letter(question[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < question.size() && is_letter(question[end])) ++end;
    if (is_pronoun(normalised(std::string_view(question).substr(begin, end - begin)))) {
      question.replace(begin, end - begin, subject);
      return true;
    }
    begin = end;
  }
  return false;
}

}  // namespace

StandaloneQuestion contextualize(std::string_view question, std::span<const Turn> history) {
  StandaloneQuestion result{std::string(question), false};
  if (history.empty() || !is_follow_up(question)) return result;
  const std::string subject = subject_of(history.back());
  if (subject.empty()) return result;
  if (!replace_pronoun(result.text, subject)) result.text += " (about " + subject + ")";
  result.rewritten = true;
  return result;
}

}  // namespace looptape::tools::demo
