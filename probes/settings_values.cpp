// The values of settings: see settings_values.h.
#include "probes/settings_values.h"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/measure_text.h"

namespace looptape {
namespace {

using std::chrono::nanoseconds;

// The number nearest to `value` that the type holds; what a type without sign cannot hold is its largest.  Rounded up,
// as core/setting_range.h does it: a part of one is one, zero has a meaning of its own.
template <class T>
T held(double value) {
  value = std::ceil(value);
  if (value < 0 && !std::numeric_limits<T>::is_signed) return std::numeric_limits<T>::max();
  if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  return static_cast<T>(value);
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

bool parse_duration(std::string_view text, nanoseconds* value) {
  const auto read = core::read_duration(text);
  if (read) *value = nanoseconds(held<std::int64_t>(*read));
  return read.has_value();
}

bool parse_number(std::string_view text, unsigned* value) {
  const auto read = core::read_number(text);
  if (read) *value = held<unsigned>(*read);
  return read.has_value();
}

bool parse_signal(std::string_view text, int* value) {
  if (const auto read = core::read_number(text)) {
    *value = held<int>(*read);
    return true;
  }
  const int signal = named_signal(core::without_blanks_around(text));
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
