// Values of attributes as people read them; see the header.
#include "tools/attribute_text.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <utility>
#include <vector>

#include "tools/format.h"
#include "tools/request_view.h"

namespace looptape::tools {
namespace {

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

}  // namespace

std::string number_text(core::ValueType type, std::uint64_t bits) {
  switch (type) {
    case core::ValueType::kSigned:
      return std::to_string(static_cast<std::int64_t>(bits));
    case core::ValueType::kUnsigned:
      return std::to_string(bits);
    case core::ValueType::kBool:
      return bits != 0 ? "true" : "false";
    case core::ValueType::kFloat: {
      std::array<char, 40> buffer;
      // Shortest text that reads back as the same number.
      const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::bit_cast<double>(bits)).ptr;
      return {buffer.data(), end};
    }
    default:
      return "(value of unknown type " + std::to_string(static_cast<unsigned>(type)) + ")";
  }
}

std::string value_text(const Trace& trace, const TraceAttribute& attribute) {
  const char* const mark = was_cut(attribute) ? "…" : "";
  if (attribute.type == core::ValueType::kText) return std::string(trace.text_of(attribute)) + mark;
  if (attribute.type == core::ValueType::kBytes) return hex(trace.text_of(attribute)) + mark;
  return number_text(attribute.type, attribute.value);
}

std::string people_number_text(std::string_view name, core::ValueType type, std::uint64_t bits) {
  if (type == core::ValueType::kFloat) {
    std::array<char, 40> buffer;
    const int length = std::snprintf(buffer.data(), buffer.size(), "%.6g", std::bit_cast<double>(bits));
    return {buffer.data(), static_cast<std::size_t>(length)};
  }
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto value = static_cast<std::int64_t>(bits);
  const bool is_signed = type == core::ValueType::kSigned;
  if (!is_signed && (type != core::ValueType::kUnsigned || bits > kLargest)) return number_text(type, bits);
  if (name.ends_with("_ns") && value != std::numeric_limits<std::int64_t>::min()) return duration_text(value);
  if (name.ends_with("_bytes") && value >= 0) return bytes_text(bits);
  return number_text(type, bits);
}

std::string people_value_text(const Trace& trace, const TraceAttribute& attribute) {
  if (attribute.type == core::ValueType::kText || attribute.type == core::ValueType::kBytes)
    return value_text(trace, attribute);
  return people_number_text(trace.name_text(attribute.key), attribute.type, attribute.value);
}

std::string attributes_text(const Trace& trace, std::span<const TraceAttribute> attributes) {
  std::vector<std::pair<std::uint16_t, const TraceAttribute*>> latest;
  for (const TraceAttribute& attribute : attributes) {
    bool known = false;
    for (auto& [key, value] : latest) {
      if (key == attribute.key) value = &attribute, known = true;
    }
    if (!known) latest.emplace_back(attribute.key, &attribute);
  }
  std::string text;
  for (const auto& [key, value] : latest) {
    if (value->of_request && identifies_request(trace.name_text(key))) continue;
    text += (text.empty() ? "" : " ") + trace.name(key) + "=" + people_value_text(trace, *value);
  }
  return text;
}

}  // namespace looptape::tools
