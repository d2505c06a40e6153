// Lengths of time and sizes as people say them; see the header.
#include "core/measure_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <utility>

#include "core/printed_text.h"

namespace looptape::core {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000, kDay = 86'400 * kSecond;

// In units of so many nanoseconds, one decimal below ten, none above; rounded once.
std::string scaled(std::int64_t nanoseconds, std::int64_t unit, const char* name) {
  const auto tenths = static_cast<long long>((nanoseconds + unit / 20) / (unit / 10));
  if (tenths < 100) return printed("%lld.%lld %s", tenths / 10, tenths % 10, name);
  return printed("%lld %s", static_cast<long long>((nanoseconds + unit / 2) / unit), name);
}

// REQUIRES: the last unit is 1.
template <class Value, class Units>
std::string in_units(Value value, const Units& units) {
  auto unit = std::begin(units);
  while (value % unit->second != 0) ++unit;
  return std::to_string(value / unit->second).append(" ").append(unit->first);
}

// The scaled value, perhaps infinite; nothing: no number, or no such unit.
template <class Units>
std::optional<double> read_scaled(std::string_view text, const Units& units) {
  text = without_blanks_around(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    number = text.front() == '-' ? -HUGE_VAL : HUGE_VAL;  // or far too small, which nothing may be either
  } else if (error != std::errc() || !std::isfinite(number)) {
    return std::nullopt;  // "inf" and "nan" are words here, not numbers
  }
  const std::string_view unit = without_blanks_around(text.substr(static_cast<std::size_t>(end - text.data())));
  const auto found = std::find_if(std::begin(units), std::end(units), [&](const auto& u) { return u.first == unit; });
  if (found == std::end(units)) return std::nullopt;
  return number * found->second;
}

}  // namespace

std::string_view without_blanks_around(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::optional<double> read_duration(std::string_view text) {
  if (without_blanks_around(text) == "0") return 0.0;
  static constexpr std::pair<std::string_view, double> kUnits[] = {{"ns", 1},     {"us", 1e3},   {"µs", 1e3},
                                                                   {"ms", 1e6},   {"s", 1e9},    {"m", 6e10},
                                                                   {"min", 6e10}, {"h", 3.6e12}, {"d", 8.64e13}};
  return read_scaled(text, kUnits);
}

std::optional<double> read_bytes(std::string_view text) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},          {"K", 1024},       {"KiB", 1024},       {"M", 1048576},
      {"MiB", 1048576}, {"G", 1073741824}, {"GiB", 1073741824}, {"T", 0x1p40},
      {"TiB", 0x1p40},  {"P", 0x1p50},     {"PiB", 0x1p50}};
  return read_scaled(text, kUnits);
}

std::optional<double> read_number(std::string_view text) {
  text = without_blanks_around(text);
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  static constexpr std::pair<std::string_view, double> kUnits[] = {{"", 1}};
  return read_scaled(text, kUnits);
}

std::string duration_text(std::int64_t nanoseconds) {
  if (nanoseconds == std::numeric_limits<std::int64_t>::min()) ++nanoseconds;  // which has no positive counterpart
  if (nanoseconds < 0) return std::string("-").append(duration_text(-nanoseconds));
  if (nanoseconds < 1000) return printed("%lld ns", static_cast<long long>(nanoseconds));
  // What would round to a thousand reads as one of the next unit: 999.6 ms as 1.0 s.
  if (nanoseconds < 999'500) return scaled(nanoseconds, 1000, "µs");
  if (nanoseconds < 999'500'000) return scaled(nanoseconds, 1'000'000, "ms");
  if (nanoseconds < 120 * kSecond) return scaled(nanoseconds, kSecond, "s");
  const std::int64_t seconds = nanoseconds / kSecond + (nanoseconds % kSecond >= kSecond / 2 ? 1 : 0);
  if (seconds < 3600)
    return printed("%lld min %02lld s", static_cast<long long>(seconds / 60), static_cast<long long>(seconds % 60));
  const std::int64_t minutes = (seconds + 30) / 60;
  return printed("%lld h %02lld min", static_cast<long long>(minutes / 60), static_cast<long long>(minutes % 60));
}

std::string bytes_text(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return printed("%llu B", static_cast<unsigned long long>(bytes));
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.5 && unit + 1 < std::size(kUnits)) value /= 1024, ++unit;
  return printed(value < 9.95 ? "%.1f %s" : "%.0f %s", value, kUnits[unit]);
}

std::string exact_duration_text(std::int64_t nanoseconds) {
  if (nanoseconds == 0) return "0";
  // One day is 24 h, as the limits of settings are said.
  if (nanoseconds % kDay == 0 && std::abs(nanoseconds) > kDay) return std::to_string(nanoseconds / kDay) + " d";
  static constexpr std::pair<const char*, std::int64_t> kUnits[] = {
      {"h", 3600 * kSecond}, {"min", 60 * kSecond}, {"s", kSecond}, {"ms", 1'000'000}, {"us", 1000}, {"ns", 1}};
  return in_units(nanoseconds, kUnits);
}

std::string exact_bytes_text(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  if (bytes == 1) return "1 byte";
  static constexpr std::pair<const char*, std::uint64_t> kUnits[] = {
      {"PiB", std::uint64_t{1} << 50}, {"TiB", std::uint64_t{1} << 40}, {"GiB", std::uint64_t{1} << 30},
      {"MiB", std::uint64_t{1} << 20}, {"KiB", std::uint64_t{1} << 10}, {"bytes", 1}};
  return in_units(bytes, kUnits);
}

}  // namespace looptape::core
