// Every setting once: its name, what it may be, and how a text from outside becomes its value.
//
// At start only, ordinary threads; touches nothing but what it is given.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/setting_range.h"
#include "looptape/settings.h"

namespace looptape {

struct ResolvedSettings {
  Settings settings;
  bool off = false;                   // LOOPTAPE_OFF: asked not to record
  std::vector<std::string> problems;  // each names a setting, its value and the range
  std::vector<std::string> remarks;   // to be said; no reason not to record
};

// A text from outside; `where`, for messages: "LOOPTAPE_WINDOW", "/etc/answers:3: window".
struct GivenSetting {
  std::string name, value, where;
};

// A number, a size or a length of time.
struct MeasuredSetting {
  const char* name;
  core::SettingRange range;
  std::int64_t (*value)(const Settings&);  // in the range's unit; what that cannot hold lies outside of every range
  void (*set)(Settings&, std::int64_t);
};
std::span<const MeasuredSetting> measured_settings();

// All that can be given from outside, `off` included.
std::span<const char* const> setting_names();
bool is_setting(std::string_view name);
// Takes yes or no: an empty text of one says nothing, as if it had not been given.
bool is_switch(std::string_view name);

// Reads the text into its setting; empty, or what is wrong with it.  REQUIRES is_setting(given.name).
std::string apply_setting(const GivenSetting& given, ResolvedSettings& out);

// "0 (none), SIGHUP, …"; "limits of 1 ns to 365 d": for messages of who checks them.
std::string_view signals_text();
std::string slow_limits_text();
bool is_slow_limit(std::chrono::nanoseconds limit);
// Signals that mean nothing else to the system: a fault would be repeated for ever, SIGTERM would no longer end the
// host.
bool may_ask_for_dumps(int signal);

}  // namespace looptape
