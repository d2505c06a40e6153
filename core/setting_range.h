// What settings are called in the environment, what one with a range may be, how it is written, and what is said of one
// that is something else.
//
// Pure; ordinary threads only (allocates): at start, and in tools; never on the request path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace looptape::core {

inline constexpr std::string_view kVariablePrefix = "LOOPTAPE_";
// The variable that overlays a setting: "LOOPTAPE_WINDOW"; "LOOPTAPE_DIR" of the directory, which is shorter to type.
std::string variable_of(std::string_view setting);

enum class Measure { kNumber, kBytes, kNanoseconds };

struct SettingRange {
  Measure measure = Measure::kNumber;
  std::int64_t low = 0, high = 0;
  bool zero_is_no_limit = false;

  template <class Integer>
  constexpr bool holds(Integer value) const {
    return (zero_is_no_limit && value == 0) || (std::cmp_greater_equal(value, low) && std::cmp_less_equal(value, high));
  }
  // Of a value that may be a fraction of the measure's unit.
  constexpr bool holds(double value) const {
    return (zero_is_no_limit && value == 0) ||
           (value >= static_cast<double>(low) && value <= static_cast<double>(high));
  }
};

std::string setting_value_text(Measure measure, std::int64_t value);  // "4194303 bytes", "10 min"
std::string range_text(const SettingRange& range);  // "4 MiB to 16 GiB", "0 (no limit) or 1 MiB to 1 PiB"

// `setting`: its name, where it was given: "LOOPTAPE_WINDOW", "/etc/answers:3: window".  `value`: as it was written.
std::string out_of_range_text(std::string_view setting, std::string_view value, const SettingRange& range);
std::string not_understood_text(std::string_view setting, std::string_view value, const SettingRange& range);

// A setting as people write it.  Empty: `*value` is it; else what is wrong with it, in the words above.
std::string read_setting(std::string_view setting, std::string_view text, const SettingRange& range,
                         std::int64_t* value);

}  // namespace looptape::core
