// Characters of UTF-8, and cutting text without splitting one.
//
// Pure; callable from anywhere.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

namespace looptape::core {

// Length of the longest prefix of at most `limit` bytes that does not end inside a UTF-8 sequence.  Text that is not
// UTF-8 is cut at `limit` or up to three bytes before it.
constexpr std::size_t utf8_prefix(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text.size();
  std::size_t end = limit;
  for (int back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; ++back) --end;
  return (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80 ? limit : end;
}

struct Character {
  char32_t point = 0;
  std::size_t bytes = 0;  // 0: the first byte is not the start of valid UTF-8
};

// Shortest forms only, no surrogates, nothing above U+10FFFF.  REQUIRES: the text is not empty.
constexpr Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  char32_t point = lead & (0xff >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    point = point << 6 | (byte(i) & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kLeast[bytes] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return {};
  return {point, bytes};
}

struct CharacterRange {
  char32_t first, last;
};

// REQUIRES: the ranges are sorted.
template <std::size_t N>
constexpr bool within(const CharacterRange (&ranges)[N], char32_t point) {
  const CharacterRange* range = std::lower_bound(std::begin(ranges), std::end(ranges), point,
                                                 [](const CharacterRange& r, char32_t p) { return r.last < p; });
  return range != std::end(ranges) && point >= range->first;
}

}  // namespace looptape::core
