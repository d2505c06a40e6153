// Lengths of time and sizes as people say them; see the header.
#include "core/measure_text.h"

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace looptape::core {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000, kDay = 86'400 * kSecond;

template <class... Arguments>
std::string print(const char* format, Arguments... arguments) {
  char buffer[96];
  const int length = std::snprintf(buffer, sizeof buffer, format, arguments...);
  return {buffer, static_cast<std::size_t>(length)};
}

// One decimal below ten, none above; `tenths` is the value in tenths of the unit.
std::string scaled(std::int64_t tenths, const char* unit) {
  if (tenths < 100)
    return print("%lld.%lld %s", static_cast<long long>(tenths / 10), static_cast<long long>(tenths % 10), unit);
  return print("%lld %s", static_cast<long long>((tenths + 5) / 10), unit);
}

// REQUIRES: the last unit is 1.
template <class Value, class Units>
std::string in_units(Value value, const Units& units) {
  auto unit = std::begin(units);
  while (value % unit->second != 0) ++unit;
  return std::to_string(value / unit->second).append(" ").append(unit->first);
}

}  // namespace

std::string duration_text(std::int64_t nanoseconds) {
  if (nanoseconds < 0) return std::string("-").append(duration_text(-nanoseconds));
  if (nanoseconds < 1000) return print("%lld ns", static_cast<long long>(nanoseconds));
  // Rounded first, so that 999.6 ms reads 1.0 s and not 1000 ms.
  const auto tenths = [&](std::int64_t unit) { return (nanoseconds + unit / 20) / (unit / 10); };
  if (nanoseconds < 999'500) return scaled(tenths(1000), "µs");
  if (nanoseconds < 999'500'000) return scaled(tenths(1'000'000), "ms");
  if (nanoseconds < 120 * kSecond) return scaled(tenths(kSecond), "s");
  const std::int64_t seconds = (nanoseconds + kSecond / 2) / kSecond;
  if (seconds < 3600)
    return print("%lld min %02lld s", static_cast<long long>(seconds / 60), static_cast<long long>(seconds % 60));
  const std::int64_t minutes = (seconds + 30) / 60;
  return print("%lld h %02lld min", static_cast<long long>(minutes / 60), static_cast<long long>(minutes % 60));
}

std::string bytes_text(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return print("%llu B", static_cast<unsigned long long>(bytes));
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.5 && unit + 1 < std::size(kUnits)) value /= 1024, ++unit;
  return print(value < 9.95 ? "%.1f %s" : "%.0f %s", value, kUnits[unit]);
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
