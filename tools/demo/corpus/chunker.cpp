// See chunker.h.

#include "tools/demo/corpus/chunker.h"

#include <algorithm>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

constexpr std::size_t kFewestWords = 12;

// End of the block that starts at `begin`: the next blank line.
std::size_t end_of_block(std::string_view text, std::size_t begin) {
  std::size_t line = begin;
  while (line < text.size()) {
    const std::size_t newline = std::min(text.find('\n', line), text.size());
    const std::string_view content = text.substr(line, newline - line);
    if (line > begin && content.find_first_not_of(" \t*") == std::string_view::npos) return line;
    line = newline + 1;
  }
  return text.size();
}

// A place to cut at or before `limit`: a line's end in the second half, else between words.
std::size_t cut_before(std::string_view text, std::size_t begin, std::size_t limit) {
  for (const char mark : {'\n', ' '}) {
    const std::size_t at = text.rfind(mark, limit);
    if (at != std::string_view::npos && at > begin + (limit - begin) / 2) return at + 1;
  }
  // No blank at all: at least not within a UTF-8 sequence.
  while (limit > begin + 1 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return limit;
}

bool is_licence(std::string_view block) {
  for (const std::string_view mark : {"Copyright", "copyright", "WARRANT", "warranty", "Licensed under",
                                      "License as published", "Permission is hereby granted", "SPDX-License"}) {
    if (block.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::vector<Passage> passages(std::string_view text, std::size_t target, std::size_t most) {
  std::vector<Passage> result;
  Passage open{0, {}};
  const auto close = [&] {
    if (words(open.text).size() >= kFewestWords) result.push_back(open);
    open.text.clear();
  };
  std::size_t begin = 0;
  while (begin < text.size() && result.size() < most) {
    std::size_t end = end_of_block(text, begin);
    if (end - begin > target) end = cut_before(text, begin, std::min(begin + target, text.size() - 1));
    const std::string_view block = text.substr(begin, end - begin);
    if (!is_licence(block)) {
      if (open.text.size() + block.size() > target + target / 2) close();
      if (open.text.empty()) open.offset = begin;
      open.text.append(block);
      if (open.text.size() >= target) close();
    }
    begin = end;
  }
  if (result.size() < most) close();
  return result;
}

}  // namespace looptape::tools::demo
