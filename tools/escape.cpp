// Foreign text made harmless; see the header.  Pure; any thread.
#include "tools/escape.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>

namespace looptape::tools {
namespace {

struct Decoded {
  char32_t point = 0;
  std::size_t bytes = 0;  // 0: the first byte is not the start of valid UTF-8
};

// Shortest forms only, no surrogates, nothing above U+10FFFF.
Decoded decode(std::string_view text) {
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
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (point < kLeast[bytes] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return {};
  return {point, bytes};
}

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool within(const Range (&ranges)[N], char32_t point) {
  const Range* range = std::lower_bound(std::begin(ranges), std::end(ranges), point,
                                        [](const Range& r, char32_t p) { return r.last < p; });
  return range != std::end(ranges) && point >= range->first;
}

// Characters that steer a terminal or a reader's eye instead of showing something.  Joiners (200C, 200D)
// stay: scripts and emoji need them.
constexpr Range kUnprintable[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},   {0x115f, 0x1160},
    {0x17b4, 0x17b5},   {0x180e, 0x180e},   {0x200b, 0x200b},   {0x200e, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f},
    {0x3164, 0x3164},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb}, {0xfffe, 0xffff},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff}, {0xe01f0, 0xe0fff},
};

constexpr Range kZeroWidth[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},   {0x64b, 0x65f},
    {0x6d6, 0x6dc},   {0x900, 0x902},   {0x93c, 0x93c},   {0x941, 0x948},   {0x94d, 0x94d},
    {0xe31, 0xe31},   {0xe34, 0xe3a},   {0xe47, 0xe4e},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x200c, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};

constexpr Range kWide[] = {
    {0x1100, 0x115e}, {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},
    {0x26a1, 0x26a1}, {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
    {0x4e00, 0x9fff}, {0xa000, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe4f},   {0xff00, 0xff60},
    {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

void append_byte(std::string& out, unsigned char byte) {
  char buffer[8];
  std::snprintf(buffer, sizeof buffer, "\\x%02x", byte);
  out += buffer;
}

void append_point(std::string& out, char32_t point) {
  if (point == '\n') {
    out += "\\n";
    return;
  }
  if (point == '\t') {
    out += "\\t";
    return;
  }
  if (point == '\r') {
    out += "\\r";
    return;
  }
  if (point < 0x80) {
    append_byte(out, static_cast<unsigned char>(point));
    return;
  }
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, point > 0xffff ? "\\U%08x" : "\\u%04x", static_cast<unsigned>(point));
  out += buffer;
}

std::size_t width_of(char32_t point) {
  if (within(kZeroWidth, point)) return 0;
  return within(kWide, point) ? 2 : 1;
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded decoded = decode(text);
    if (decoded.bytes == 0) {
      append_byte(out, static_cast<unsigned char>(text.front()));
    } else if (within(kUnprintable, decoded.point)) {
      append_point(out, decoded.point);
    } else {
      out += text.substr(0, decoded.bytes);
    }
    text.remove_prefix(decoded.bytes == 0 ? 1 : decoded.bytes);
  }
  return out;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = decode(text).bytes;
    if (bytes == 0) {
      append_byte(out, static_cast<unsigned char>(text.front()));
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Decoded decoded = decode(text);
    columns += decoded.bytes == 0 ? 1 : width_of(decoded.point);
    text.remove_prefix(std::max<std::size_t>(1, decoded.bytes));
  }
  return columns;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const Decoded decoded = decode(text);
    const std::size_t width = decoded.bytes == 0 ? 1 : width_of(decoded.point);
    if (used + width + 1 > columns) break;
    const std::size_t bytes = std::max<std::size_t>(1, decoded.bytes);
    out += text.substr(0, bytes);
    used += width;
    text.remove_prefix(bytes);
  }
  return out + "…";
}

}  // namespace looptape::tools
