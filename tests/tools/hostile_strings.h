// The corpus of hostile strings, and the check that no output may fail.
#pragma once

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace looptape::test {

inline int hex_digit(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// Undoes the corpus's own escapes: \xNN and two backslashes.
inline std::string unescaped(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      text += line[i];
    } else if (line.at(i + 1) == '\\') {
      text += '\\';
      ++i;
    } else {
      text += static_cast<char>(hex_digit(line.at(i + 2)) * 16 + hex_digit(line.at(i + 3)));
      i += 3;
    }
  }
  return text;
}

inline std::vector<std::string> hostile_strings() {
  std::ifstream file(LOOPTAPE_SOURCE_DIR "/tests/corpus/hostile_strings.txt", std::ios::binary);
  std::vector<std::string> strings;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') strings.push_back(unescaped(line));
  }
  if (strings.empty()) throw std::runtime_error("the corpus of hostile strings is missing");
  return strings;
}

// Length of the valid UTF-8 sequence at the front, by the table of the Unicode standard (3.9, table 3-7); 0 = none.
inline std::size_t utf8_sequence(std::string_view text) {
  const auto in = [&](std::size_t i, int low, int high) {
    return i < text.size() && static_cast<unsigned char>(text[i]) >= low && static_cast<unsigned char>(text[i]) <= high;
  };
  const auto tail = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i <= to; ++i) {
      if (!in(i, 0x80, 0xbf)) return false;
    }
    return true;
  };
  if (in(0, 0x00, 0x7f)) return 1;
  if (in(0, 0xc2, 0xdf)) return tail(1, 1) ? 2 : 0;
  if (in(0, 0xe0, 0xe0)) return in(1, 0xa0, 0xbf) && tail(2, 2) ? 3 : 0;
  if (in(0, 0xed, 0xed)) return in(1, 0x80, 0x9f) && tail(2, 2) ? 3 : 0;
  if (in(0, 0xe1, 0xef)) return tail(1, 2) ? 3 : 0;
  if (in(0, 0xf0, 0xf0)) return in(1, 0x90, 0xbf) && tail(2, 3) ? 4 : 0;
  if (in(0, 0xf1, 0xf3)) return tail(1, 3) ? 4 : 0;
  if (in(0, 0xf4, 0xf4)) return in(1, 0x80, 0x8f) && tail(2, 3) ? 4 : 0;
  return 0;
}

inline bool valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = utf8_sequence(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

// What is wrong with the bytes of an output; empty: nothing.
inline std::string harm(std::string_view output) {
  for (std::size_t i = 0; i < output.size();) {
    const auto byte = static_cast<unsigned char>(output[i]);
    const std::string where = " at byte " + std::to_string(i);
    if (byte < 0x20 && byte != '\n') return "control byte " + std::to_string(byte) + where;
    if (byte == 0x7f) return "DEL" + where;
    const std::string_view rest = output.substr(i);
    const std::size_t bytes = utf8_sequence(rest);
    if (bytes == 0) return "not UTF-8" + where;
    const std::string_view one = rest.substr(0, bytes);
    if (one.size() == 2 && byte == 0xc2 && static_cast<unsigned char>(one[1]) < 0xa0) return "C1 control" + where;
    for (const char* const steering :
         {"\u061c", "\u200b", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
          "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff"}) {
      if (one == steering) return "invisible or direction character" + where;
    }
    i += bytes;
  }
  return {};
}

}  // namespace looptape::test
