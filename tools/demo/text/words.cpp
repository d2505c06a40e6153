// See words.h.

#include "tools/demo/text/words.h"

#include <algorithm>
#include <array>

namespace looptape::tools::demo {
namespace {

bool is_word_byte(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
}

bool is_blank(unsigned char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Sorted: looked up by binary search.
constexpr std::array<std::string_view, 86> kStopWords = {
    "a",     "about", "after", "all",   "also",  "an",     "and",    "any",   "are",  "as",      "at",
    "be",    "been",  "but",   "by",    "can",   "could",  "did",    "do",    "does", "explain", "for",
    "from",  "get",   "give",  "had",   "has",   "have",   "how",    "i",     "if",   "in",      "into",
    "is",    "it",    "its",   "may",   "me",    "mean",   "my",     "no",    "not",  "of",      "on",
    "one",   "or",    "our",   "over",  "own",   "please", "should", "so",    "some", "such",    "tell",
    "than",  "that",  "the",   "their", "them",  "then",   "there",  "these", "they", "this",    "those",
    "to",    "use",   "used",  "uses",  "using", "was",    "we",     "were",  "what", "when",    "where",
    "which", "while", "who",   "why",   "will",  "with",   "would",  "you",   "your"};
static_assert(std::is_sorted(kStopWords.begin(), kStopWords.end()), "binary search needs order");

// Blanks and the marks of a comment's frame.
bool is_frame(char c) { return is_blank(static_cast<unsigned char>(c)) || c == '*' || c == '/' || c == '#'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_frame(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_frame(text.back())) text.remove_suffix(1);
  return text;
}

bool ends_sentence(std::string_view text, std::size_t i) {
  const bool at_end = i + 1 >= text.size();
  const bool blank_next = at_end || is_blank(static_cast<unsigned char>(text[i + 1]));
  switch (text[i]) {
    case '.':
    case '!':
    case '?':
      return blank_next;
    case ';':
    case '{':
      return at_end || text[i + 1] == '\n';
    case '\n': {
      std::size_t next = i + 1;
      while (next < text.size() && text[next] != '\n' && is_frame(text[next])) ++next;
      return next >= text.size() || text[next] == '\n';
    }
    default:
      return false;
  }
}

// Length of the valid UTF-8 sequence at the start of `text`, 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80                    ? 1
                             : lead >= 0xC2 && lead <= 0xDF ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
  if (lead == 0xED && byte(1) > 0x9F) return 0;  // surrogates
  if (lead == 0xF0 && byte(1) < 0x90) return 0;  // overlong
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;  // beyond U+10FFFF
  if (lead == 0xC2 && byte(1) < 0xA0) return 0;  // C1 controls
  return length;
}

// Calls `use(begin, end, tokens)` for each word or mark until it returns false.
template <class Use>
void for_each_piece(std::string_view text, Use use) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (is_blank(c)) {
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    if (is_word_byte(c)) {
      while (end < text.size() && is_word_byte(static_cast<unsigned char>(text[end]))) ++end;
    } else {
      while (end < text.size() && text[end] == text[i]) ++end;  // "-----" is one mark
    }
    const std::size_t tokens = is_word_byte(c) ? (end - i + 3) / 4 : 1;
    if (!use(i, end, tokens)) return;
    i = end;
  }
}

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  std::string current;
  for (const char c : text) {
    if (is_word_byte(static_cast<unsigned char>(c))) {
      current.push_back(lowered(c));
    } else if (!current.empty()) {
      result.push_back(std::move(current));
      current.clear();
    }
  }
  if (!current.empty()) result.push_back(std::move(current));
  return result;
}

bool is_stop_word(std::string_view word) { return std::binary_search(kStopWords.begin(), kStopWords.end(), word); }

std::vector<std::string> content_words(std::string_view text) {
  auto result = words(text);
  std::erase_if(result, [](const std::string& word) { return is_stop_word(word); });
  return result;
}

std::string normalised(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (!is_blank(static_cast<unsigned char>(c))) {
      result.push_back(lowered(c));
    } else if (!result.empty() && result.back() != ' ') {
      result.push_back(' ');
    }
  }
  while (!result.empty() && std::string_view(" .!?").find(result.back()) != std::string_view::npos) {
    result.pop_back();
  }
  return result;
}

std::vector<std::string_view> sentences(std::string_view text) {
  std::vector<std::string_view> result;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!ends_sentence(text, i)) continue;
    if (const auto sentence = trimmed(text.substr(begin, i + 1 - begin)); !sentence.empty()) {
      result.push_back(sentence);
    }
    begin = i + 1;
  }
  if (const auto rest = trimmed(text.substr(begin)); !rest.empty()) result.push_back(rest);
  return result;
}

std::size_t count_tokens(std::string_view text) {
  std::size_t total = 0;
  for_each_piece(text, [&](std::size_t, std::size_t, std::size_t tokens) {
    total += tokens;
    return true;
  });
  return total;
}

std::string_view prefix_of_tokens(std::string_view text, std::size_t budget) {
  std::size_t total = 0;
  std::size_t keep = 0;
  for_each_piece(text, [&](std::size_t, std::size_t end, std::size_t tokens) {
    if (total + tokens > budget) return false;
    total += tokens;
    keep = end;
    return true;
  });
  return text.substr(0, keep);
}

std::string printable_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto c = static_cast<unsigned char>(text.front());
    const bool control = c == 0x7F || (c < 0x20 && c != '\n' && c != '\t');
    if (length == 0 || control) {
      result.push_back(' ');
      text.remove_prefix(1);
    } else {
      result.append(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return result;
}

}  // namespace looptape::tools::demo
