// The values of settings: see settings_values.h.
#include "probes/settings_values.h"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace looptape {
namespace {

using std::chrono::nanoseconds;

// A decimal number followed by a unit; the scaled value, perhaps infinite.
template <class Units>
bool parse_scaled(std::string_view text, const Units& units, double* value) {
  text = without_blanks_around(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    number = text.front() == '-' ? -HUGE_VAL : HUGE_VAL;  // or far too small, which no setting may be either
  } else if (error != std::errc() || !std::isfinite(number)) {
    return false;  // "inf" and "nan" are words here, not numbers
  }
  const std::string_view unit = without_blanks_around(text.substr(static_cast<std::size_t>(end - text.data())));
  const auto found = std::find_if(std::begin(units), std::end(units), [&](const auto& u) { return u.first == unit; });
  if (found == std::end(units)) return false;
  *value = number * static_cast<double>(found->second);
  return true;
}

// The number nearest to `value` that the type holds; what a type without sign cannot hold is its largest.
template <class T>
T held(double value) {
  if (value < 0 && !std::numeric_limits<T>::is_signed) return std::numeric_limits<T>::max();
  if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  return static_cast<T>(value);
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

int named_signal(std::string_view name) {
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    const char* const known = ::sigabbrev_np(signal);
    if (known != nullptr && name == known) return signal;
  }
  if (name == "RTMAX") return SIGRTMAX;
  if (!name.starts_with("RTMIN")) return 0;
  name.remove_prefix(5);
  if (name.empty()) return SIGRTMIN;
  unsigned beyond = 0;
  if (name.front() != '+' || !parse_number(name.substr(1), &beyond)) return 0;
  return SIGRTMIN + static_cast<int>(std::min(beyond, 1000u));
}

}  // namespace

std::string_view without_blanks_around(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

bool parse_duration(std::string_view text, nanoseconds* value) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 6e10}, {"h", 3.6e12}, {"d", 8.64e13}};
  double scaled = 0;
  if (!parse_scaled(text, kUnits, &scaled)) return false;
  *value = nanoseconds(held<std::int64_t>(scaled));
  return true;
}

bool parse_size(std::string_view text, std::size_t* value) {
  static constexpr std::pair<std::string_view, std::size_t> kUnits[] = {
      {"", 1}, {"K", 1024}, {"KiB", 1024}, {"M", 1048576}, {"MiB", 1048576}, {"G", 1073741824}, {"GiB", 1073741824}};
  double scaled = 0;
  if (!parse_scaled(text, kUnits, &scaled)) return false;
  *value = held<std::size_t>(scaled);
  return true;
}

bool parse_number(std::string_view text, unsigned* value) {
  text = without_blanks_around(text);
  if (!is_number(text)) return false;
  if (std::from_chars(text.data(), text.data() + text.size(), *value).ec != std::errc())
    *value = std::numeric_limits<unsigned>::max();
  return true;
}

bool parse_signal(std::string_view text, int* value) {
  text = without_blanks_around(text);
  if (is_number(text)) {
    if (std::from_chars(text.data(), text.data() + text.size(), *value).ec != std::errc())
      *value = std::numeric_limits<int>::max();
    return true;
  }
  const int signal = named_signal(text);
  if (signal != 0) *value = signal;
  return signal != 0;
}

bool parse_boolean(std::string_view text, bool* value) {
  for (const std::string_view yes : {"1", "yes", "true", "on"})
    if (text == yes) return *value = true;
  for (const std::string_view no : {"0", "no", "false", "off"})
    if (text == no) return !(*value = false);
  return false;
}

}  // namespace looptape
