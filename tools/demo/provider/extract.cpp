// See extract.h.

#include "tools/demo/provider/extract.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

constexpr std::size_t kSentences = 3;
constexpr std::size_t kSentenceTokens = 45;
constexpr std::string_view kQuestionMark = "Question:";
constexpr std::string_view kHistoryMark = "\nEarlier in this conversation:";
constexpr std::string_view kNoAnswer = "The passages do not hold the answer.";

struct Candidate {
  std::size_t passage;  // its index in the prompt
  std::size_t order;    // of the sentence in the prompt
  std::string_view text;
  std::vector<std::string> words;
  double score = 0;
};

// The number of a line like "[12] source", 0 when the line is no such header.
std::size_t header_number(std::string_view line) {
  if (!line.starts_with('[')) return 0;
  std::size_t number = 0;
  const char* const last = line.data() + line.size();
  const auto [end, error] = std::from_chars(line.data() + 1, last, number);
  return error == std::errc() && end != last && *end == ']' ? number : 0;
}

std::vector<Candidate> candidates_of(const PromptParts& parts) {
  std::vector<Candidate> result;
  for (std::size_t i = 0; i < parts.passages.size(); ++i) {
    for (const std::string_view sentence : sentences(parts.passages[i].text)) {
      auto list = content_words(sentence);
      if (list.size() >= 4) result.push_back({i, result.size(), sentence, std::move(list)});
    }
  }
  return result;
}

// Rare words of the question count more; long sentences pay for their length.
void score(std::vector<Candidate>& candidates, std::string_view question) {
  const auto asked = content_words(question);
  const std::unordered_set<std::string> wanted(asked.begin(), asked.end());
  std::unordered_map<std::string, double> holding;
  for (const Candidate& candidate : candidates) {
    const std::unordered_set<std::string> here(candidate.words.begin(), candidate.words.end());
    for (const std::string& word : here) {
      if (wanted.count(word) != 0) holding[word] += 1;
    }
  }
  const auto total = static_cast<double>(candidates.size());
  for (Candidate& candidate : candidates) {
    std::unordered_set<std::string> counted;
    for (const std::string& word : candidate.words) {
      const auto it = holding.find(word);
      if (it == holding.end() || !counted.insert(word).second) continue;
      candidate.score += std::log(1 + total / it->second);
    }
    candidate.score /= 1 + std::log(static_cast<double>(candidate.words.size()));
  }
}

// On one line, without the frames of comments, not longer than an answer's sentence should be.
std::string tidy(std::string_view sentence) {
  std::string line;
  for (const char c : prefix_of_tokens(sentence, kSentenceTokens)) {
    const bool blank = c == '\n' || c == '\t' || c == ' ';
    if (!blank) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  for (const std::string_view frame : {" ** ", " * ", " // "}) {
    std::size_t at = line.find(frame);
    for (; at != std::string::npos; at = line.find(frame, at)) line.erase(at, frame.size() - 1);
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == ';' || line.back() == '{')) {
    line.pop_back();
  }
  if (!line.empty() && std::string_view(".!?").find(line.back()) == std::string_view::npos) {
    line.push_back('.');
  }
  return line;
}

}  // namespace

PromptParts prompt_parts(std::string_view message) {
  PromptParts parts;
  const std::size_t mark = message.rfind(kQuestionMark);
  std::string_view before = message.substr(0, std::min(mark, message.size()));
  if (mark != std::string_view::npos) {
    parts.question = message.substr(mark + kQuestionMark.size());
  } else {
    const std::size_t paragraph = message.rfind("\n\n");
    parts.question = paragraph == std::string_view::npos ? message : message.substr(paragraph);
    before = paragraph == std::string_view::npos ? message : message.substr(0, paragraph);
  }
  before = before.substr(0, std::min(before.find(kHistoryMark), before.size()));
  for (std::size_t line = 0; line < before.size();) {
    const std::size_t end = std::min(before.find('\n', line), before.size() - 1) + 1;
    // Numbers must go up by one: a "[7]" inside a passage is part of its text.
    if (header_number(before.substr(line, end - line)) == parts.passages.size() + 1) {
      parts.passages.push_back({parts.passages.size() + 1, before.substr(end, 0)});
    } else if (!parts.passages.empty()) {
      std::string_view& text = parts.passages.back().text;
      text = std::string_view(text.data(), text.size() + (end - line));
    }
    line = end;
  }
  if (parts.passages.empty()) parts.passages.push_back({0, before});
  return parts;
}

std::string extract_answer(std::string_view message, std::size_t most_tokens) {
  const PromptParts parts = prompt_parts(message);
  std::vector<Candidate> candidates = candidates_of(parts);
  score(candidates, parts.question);
  std::erase_if(candidates, [](const Candidate& candidate) { return candidate.score == 0; });
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  if (candidates.size() > kSentences) candidates.resize(kSentences);
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.order < b.order; });
  std::string answer;
  for (const Candidate& candidate : candidates) {
    if (!answer.empty()) answer += ' ';
    answer += tidy(candidate.text);
    const std::size_t number = parts.passages[candidate.passage].number;
    if (number > 0) answer += " [" + std::to_string(number) + "]";
  }
  if (answer.empty()) answer = kNoAnswer;
  return std::string(prefix_of_tokens(answer, most_tokens));
}

}  // namespace looptape::tools::demo
