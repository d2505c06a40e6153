// Names, ranges and messages of settings; see the header.
#include "core/setting_range.h"

#include <cmath>
#include <optional>

#include "core/measure_text.h"
#include "core/visible_text.h"

namespace looptape::core {
namespace {

const char* wanted_text(Measure measure) {
  switch (measure) {
    case Measure::kBytes:
      return "a size such as 48MiB";
    case Measure::kNanoseconds:
      return "a duration such as 600ms or 2s";
    case Measure::kNumber:
      break;
  }
  return "a whole number";
}

std::optional<double> read_value(Measure measure, std::string_view text) {
  switch (measure) {
    case Measure::kBytes:
      return read_bytes(text);
    case Measure::kNanoseconds:
      return read_duration(text);
    case Measure::kNumber:
      break;
  }
  return read_number(text);
}

std::string is_text(std::string_view setting, std::string_view value) {
  return std::string(setting).append(" is '").append(excerpt(value)).append("'; ");
}

}  // namespace

std::string variable_of(std::string_view setting) {
  std::string variable(kVariablePrefix);
  if (setting == "directory") return variable + "DIR";
  for (const char c : setting) variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return variable;
}

std::string setting_value_text(Measure measure, std::int64_t value) {
  switch (measure) {
    case Measure::kBytes:
      return exact_bytes_text(static_cast<std::uint64_t>(value));  // every one that memory may have, too
    case Measure::kNanoseconds:
      return exact_duration_text(value);
    case Measure::kNumber:
      break;
  }
  return std::to_string(value);
}

std::string range_text(const SettingRange& range) {
  std::string text = setting_value_text(range.measure, range.low);
  if (range.zero_is_no_limit) text = range.low == 0 ? "0 (no limit)" : "0 (no limit) or " + text;
  return text.append(" to ").append(setting_value_text(range.measure, range.high));
}

std::string out_of_range_text(std::string_view setting, std::string_view value, const SettingRange& range) {
  return is_text(setting, value).append("allowed: ").append(range_text(range));
}

std::string not_understood_text(std::string_view setting, std::string_view value, const SettingRange& range) {
  return is_text(setting, value)
      .append("it must be ")
      .append(wanted_text(range.measure))
      .append("; allowed: ")
      .append(range_text(range));
}

std::string read_setting(std::string_view setting, std::string_view text, const SettingRange& range,
                         std::int64_t* value) {
  const auto read = read_value(range.measure, text);
  if (!read) return not_understood_text(setting, text, range);
  // Before it is made a whole number: what a type cannot hold lies outside of every range.
  if (!range.holds(*read)) return out_of_range_text(setting, text, range);
  *value = static_cast<std::int64_t>(std::ceil(*read));  // a part of one is one: zero has a meaning of its own
  return {};
}

}  // namespace looptape::core
