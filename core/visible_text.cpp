// Foreign text made harmless; see the header.
#include "core/visible_text.h"

#include "core/printed_text.h"
#include "core/utf8.h"

namespace looptape::core {
namespace {

// Characters that steer a terminal or a reader's eye instead of showing something.  Joiners (200C, 200D)
// stay: scripts and emoji need them.
constexpr CharacterRange kUnprintable[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},   {0x115f, 0x1160},
    {0x17b4, 0x17b5},   {0x180e, 0x180e},   {0x200b, 0x200b},   {0x200e, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f},
    {0x3164, 0x3164},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb}, {0xfffe, 0xffff},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff}, {0xe01f0, 0xe0fff},
};

std::string escaped_point(char32_t point) {
  if (point == '\n') return "\\n";
  if (point == '\t') return "\\t";
  if (point == '\r') return "\\r";
  if (point < 0x80) return escaped_byte(static_cast<char>(point));
  return printed(point > 0xffff ? "\\U%08x" : "\\u%04x", static_cast<unsigned>(point));
}

}  // namespace

std::string escaped_byte(char byte) {
  return printed("\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
}

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character first = first_character(text);
    if (first.bytes == 0) {
      out += escaped_byte(text.front());
    } else if (within(kUnprintable, first.point)) {
      out += escaped_point(first.point);
    } else {
      out += text.substr(0, first.bytes);
    }
    text.remove_prefix(first.bytes == 0 ? 1 : first.bytes);
  }
  return out;
}

std::string excerpt(std::string_view text, std::size_t most_bytes) {
  constexpr std::string_view kCut = "…";
  std::string shown = visible(text.substr(0, utf8_prefix(text, most_bytes)));  // which shortens nothing
  if (text.size() <= most_bytes && shown.size() <= most_bytes) return shown;
  shown.resize(utf8_prefix(shown, most_bytes - kCut.size()));
  return shown.append(kCut);
}

}  // namespace looptape::core
