// Every setting once: see settings_table.h.
#include "probes/settings_table.h"

#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/disk_limits.h"
#include "core/measure_text.h"
#include "core/visible_text.h"
#include "probes/settings_values.h"

namespace looptape {
namespace {

using core::Measure;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::int64_t kMillisecond = 1'000'000, kMinute = 60 * 1000 * kMillisecond;
constexpr core::SettingRange kSlowRange{Measure::kNanoseconds, 1, 365 * core::kDayNs};

template <auto Member>
std::int64_t value_of(const Settings& settings) {
  return static_cast<std::int64_t>(settings.*Member);
}
template <auto Member>
void set_to(Settings& settings, std::int64_t value) {
  settings.*Member = static_cast<std::remove_reference_t<decltype(settings.*Member)>>(value);
}
template <auto Member>
std::int64_t length_of(const Settings& settings) {
  return (settings.*Member).count();
}
template <auto Member>
void set_length(Settings& settings, std::int64_t ns) {
  settings.*Member = nanoseconds(ns);
}

// Seconds that nanoseconds cannot hold lie outside of every range.
std::int64_t disk_age_of(const Settings& settings) {
  constexpr seconds kMost(std::numeric_limits<std::int64_t>::max() / 1'000'000'000);
  return nanoseconds(std::clamp(settings.disk_age, -kMost, kMost)).count();
}
void set_disk_age(Settings& settings, std::int64_t ns) {
  settings.disk_age = std::chrono::ceil<seconds>(nanoseconds(ns));
}

using S = Settings;
constexpr MeasuredSetting kMeasured[] = {
    {"budget_bytes",
     {Measure::kBytes, 4 * core::kMiB, 16 * 1024 * core::kMiB},
     value_of<&S::budget_bytes>,
     set_to<&S::budget_bytes>},
    {"window", {Measure::kNanoseconds, kMillisecond, core::kDayNs}, length_of<&S::window>, set_length<&S::window>},
    {"max_threads", {Measure::kNumber, 1, 4096}, value_of<&S::max_threads>, set_to<&S::max_threads>},
    {"max_in_flight", {Measure::kNumber, 1, 65000}, value_of<&S::max_in_flight>, set_to<&S::max_in_flight>},
    {"delay", {Measure::kNanoseconds, 0, 10 * kMinute}, length_of<&S::delay>, set_length<&S::delay>},
    {"cooldown", {Measure::kNanoseconds, 0, core::kDayNs}, length_of<&S::cooldown>, set_length<&S::cooldown>},
    {core::kDiskBytes.setting, core::kDiskBytes.range, value_of<&S::disk_bytes>, set_to<&S::disk_bytes>},
    {core::kDiskFiles.setting, core::kDiskFiles.range, value_of<&S::disk_files>, set_to<&S::disk_files>},
    {core::kDiskAge.setting, core::kDiskAge.range, disk_age_of, set_disk_age},
    {core::kDiskFreeFloor.setting, core::kDiskFreeFloor.range, value_of<&S::disk_free_floor>,
     set_to<&S::disk_free_floor>},
};

std::string refused(const GivenSetting& given, std::string_view wanted) {
  return (given.where + " is '" + core::excerpt(given.value) + "'; it must be ").append(wanted);
}

std::string read_text(const GivenSetting& given, std::string* text) {
  *text = given.value;
  return {};
}

std::string read_switch(const GivenSetting& given, bool* value) {
  return parse_boolean(given.value, value) ? std::string()
                                           : refused(given, "one of 1, yes, true, on, 0, no, false, off");
}

// `names`: what each value is called, in the order in which the message has them.
template <class Choice>
std::string read_choice(const GivenSetting& given, std::initializer_list<std::pair<const char*, Choice>> names,
                        Choice* value) {
  std::string all;
  for (const auto& [name, choice] : names) {
    if (given.value == name) {
      *value = choice;
      return {};
    }
    all += (all.empty() ? "one of " : ", ") + std::string(name);
  }
  return refused(given, all);
}

// "ask=600ms,judge=5s"; "=2s" is the limit of every other kind.
std::string read_slow(const GivenSetting& given, std::vector<SlowLimit>* value) {
  std::vector<SlowLimit> limits;
  std::string_view rest = given.value;
  while (!core::without_blanks_around(rest).empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view one = core::without_blanks_around(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const std::size_t equals = one.find('=');
    nanoseconds limit{};
    if (equals == std::string_view::npos || !parse_duration(one.substr(equals + 1), &limit))
      return refused(given, "a list such as ask=600ms,judge=5s; allowed: " + slow_limits_text());
    limits.push_back({std::string(core::without_blanks_around(one.substr(0, equals))), limit});
  }
  *value = std::move(limits);
  return {};
}

struct OtherSetting {
  const char* name;
  std::string (*read)(const GivenSetting&, ResolvedSettings&);
  bool is_switch = false;
};
using Given = GivenSetting;
using Out = ResolvedSettings;
constexpr OtherSetting kOthers[] = {
    {"off", [](const Given& g, Out& out) { return read_switch(g, &out.off); }, true},
    {"service", [](const Given& g, Out& out) { return read_text(g, &out.settings.service); }},
    {"version", [](const Given& g, Out& out) { return read_text(g, &out.settings.version); }},
    {"directory", [](const Given& g, Out& out) { return read_text(g, &out.settings.directory); }},
    {"region_directory", [](const Given& g, Out& out) { return read_text(g, &out.settings.region_directory); }},
    {"clock",
     [](const Given& g, Out& out) {
       return read_choice(g,
                          {{"automatic", ClockSource::automatic},
                           {"counter", ClockSource::counter},
                           {"monotonic", ClockSource::monotonic}},
                          &out.settings.clock);
     }},
    {"user_ids",
     [](const Given& g, Out& out) {
       return read_choice(g, {{"dropped", UserIds::dropped}, {"hashed", UserIds::hashed}, {"plain", UserIds::plain}},
                          &out.settings.user_ids);
     }},
    {"signal",
     [](const Given& g, Out& out) {
       int signal = 0;
       if (!parse_signal(g.value, &signal) || signal < 0) return refused(g, signals_text());
       out.settings.signal = signal;
       return std::string();
     }},
    {"slow", [](const Given& g, Out& out) { return read_slow(g, &out.settings.slow); }},
    {"dump_at_exit", [](const Given& g, Out& out) { return read_switch(g, &out.settings.dump_at_exit); }, true},
    {"strict", [](const Given& g, Out& out) { return read_switch(g, &out.settings.strict); }, true},
};

template <class Table>
auto named(const Table& table, std::string_view name) {
  return std::find_if(std::begin(table), std::end(table), [&](const auto& row) { return row.name == name; });
}

constexpr auto kNames = [] {
  std::array<const char*, std::size(kMeasured) + std::size(kOthers)> names{};
  std::size_t count = 0;
  for (const OtherSetting& row : kOthers) names[count++] = row.name;
  for (const MeasuredSetting& row : kMeasured) names[count++] = row.name;
  return names;
}();

}  // namespace

std::span<const MeasuredSetting> measured_settings() { return kMeasured; }
std::span<const char* const> setting_names() { return kNames; }

bool is_setting(std::string_view name) { return std::find(kNames.begin(), kNames.end(), name) != kNames.end(); }

bool is_switch(std::string_view name) {
  const auto row = named(kOthers, name);
  return row != std::end(kOthers) && row->is_switch;
}

std::string apply_setting(const GivenSetting& given, ResolvedSettings& out) {
  if (const auto row = named(kOthers, given.name); row != std::end(kOthers)) return row->read(given, out);
  const auto row = named(kMeasured, given.name);
  std::int64_t value = 0;
  std::string wrong = core::read_setting(given.where, given.value, row->range, &value);
  if (wrong.empty()) row->set(out.settings, value);
  return wrong;
}

std::string_view signals_text() { return "0 (none), SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH or SIGRTMIN to SIGRTMAX"; }
std::string slow_limits_text() { return "limits of " + core::range_text(kSlowRange); }
bool is_slow_limit(nanoseconds limit) { return kSlowRange.holds(limit.count()); }

bool may_ask_for_dumps(int signal) {
  return signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2 || signal == SIGWINCH ||
         (signal >= SIGRTMIN && signal <= SIGRTMAX);
}

}  // namespace looptape
