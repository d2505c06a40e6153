// Cutting text without splitting a character.
//
// Pure; callable from anywhere.
#pragma once

#include <cstddef>
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

}  // namespace looptape::core
