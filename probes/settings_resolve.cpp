// Settings as they count: see settings_resolve.h.
#include "probes/settings_resolve.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "core/disk_limits.h"
#include "core/measure_text.h"
#include "core/service_name.h"
#include "core/setting_range.h"
#include "core/state_directory.h"
#include "probes/environment_names.h"
#include "probes/settings_values.h"

namespace looptape {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

using core::Measure;
using core::SettingRange;

constexpr std::int64_t kMillisecond = 1'000'000, kMinute = 60 * 1000 * kMillisecond;

struct RangedSetting {
  const char* name;
  SettingRange range;
};
constexpr RangedSetting kRanges[] = {
    {"budget_bytes", {Measure::kBytes, 4 * core::kMiB, 16 * 1024 * core::kMiB}},
    {"window", {Measure::kNanoseconds, kMillisecond, core::kDayNs}},
    {"max_threads", {Measure::kNumber, 1, 4096}},
    {"max_in_flight", {Measure::kNumber, 1, 65000}},
    {"delay", {Measure::kNanoseconds, 0, 10 * kMinute}},
    {"cooldown", {Measure::kNanoseconds, 0, core::kDayNs}},
    {core::kDiskBytes.setting, core::kDiskBytes.range},
    {core::kDiskFiles.setting, core::kDiskFiles.range},
    {core::kDiskAge.setting, core::kDiskAge.range},
    {core::kDiskFreeFloor.setting, core::kDiskFreeFloor.range},
};
constexpr SettingRange kSlowRange{Measure::kNanoseconds, 1, 365 * core::kDayNs};

// REQUIRES: there is one of that name.
const SettingRange& range_of(std::string_view name) {
  return std::find_if(std::begin(kRanges), std::end(kRanges), [&](const auto& one) { return one.name == name; })->range;
}

std::string slow_limits_text() { return "limits of " + core::range_text(kSlowRange); }

constexpr const char* kSignals = "0 (none), SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH or SIGRTMIN to SIGRTMAX";

// One place where a value came from, for messages: "LOOPTAPE_WINDOW" or "/etc/x:3: window".
struct Given {
  std::string name, value, where;
};

class Overlay {
 public:
  // `last`: what was said from outside of each setting that has a range, for messages.
  Overlay(ResolvedSettings& out, std::map<std::string, Given>& last) : out_(out), last_(last) {}

  void apply(const Given& given) {
    Settings& s = out_.settings;
    const std::string& name = given.name;
    if (name == "off") {
      boolean(given, &out_.off);
    } else if (name == "service") {
      s.service = given.value;
      last_[name] = given;
    } else if (name == "version") {
      s.version = given.value;
    } else if (name == "directory") {
      s.directory = given.value;
    } else if (name == "region_directory") {
      s.region_directory = given.value;
    } else if (name == "budget_bytes") {
      size(given, &s.budget_bytes);
    } else if (name == "disk_bytes") {
      size(given, &s.disk_bytes);
    } else if (name == "disk_free_floor") {
      size(given, &s.disk_free_floor);
    } else if (name == "window") {
      duration(given, &s.window);
    } else if (name == "delay") {
      duration(given, &s.delay);
    } else if (name == "cooldown") {
      duration(given, &s.cooldown);
    } else if (name == "disk_age") {
      nanoseconds age{};
      if (duration(given, &age)) s.disk_age = std::chrono::ceil<seconds>(age);
    } else if (name == "max_threads") {
      number(given, &s.max_threads);
    } else if (name == "max_in_flight") {
      number(given, &s.max_in_flight);
    } else if (name == "disk_files") {
      number(given, &s.disk_files);
    } else if (name == "clock") {
      choice(given, {{"automatic", 0}, {"counter", 1}, {"monotonic", 2}},
             [&](int v) { s.clock = static_cast<ClockSource>(v); });
    } else if (name == "user_ids") {
      choice(given, {{"hashed", 0}, {"plain", 1}, {"dropped", 2}},
             [&](int v) { s.user_ids = static_cast<UserIds>(v); });
    } else if (name == "dump_at_exit") {
      boolean(given, &s.dump_at_exit);
    } else if (name == "strict") {
      boolean(given, &s.strict);
    } else if (name == "signal") {
      signal(given, &s.signal);
    } else if (name == "slow") {
      slow(given);
    } else {
      const std::string nearest = nearest_setting(name);
      out_.problems.push_back(given.where + ": there is no setting of that name" +
                              (nearest.empty() ? "" : "; the nearest is " + nearest));
    }
  }

 private:
  void refuse(const Given& given, const std::string& wanted) {
    out_.problems.push_back(given.where + " is '" + given.value + "'; it must be " + wanted);
  }
  // Of one that has a range.
  bool understood(const Given& given, bool read) {
    if (read)
      last_[given.name] = given;
    else
      out_.problems.push_back(core::not_understood_text(given.where, given.value, range_of(given.name)));
    return read;
  }
  void size(const Given& given, std::size_t* value) { understood(given, parse_size(given.value, value)); }
  bool duration(const Given& given, nanoseconds* value) {
    return understood(given, parse_duration(given.value, value));
  }
  void number(const Given& given, unsigned* value) { understood(given, parse_number(given.value, value)); }
  void signal(const Given& given, int* value) {
    if (!parse_signal(given.value, value)) return refuse(given, kSignals);
    last_[given.name] = given;
  }
  // An empty one says nothing, as if the variable were not there.
  void boolean(const Given& given, bool* value) {
    if (!given.value.empty() && !parse_boolean(given.value, value))
      refuse(given, "one of 1, yes, true, on, 0, no, false, off");
  }
  template <class Use>
  void choice(const Given& given, const std::map<std::string, int>& choices, Use use) {
    if (const auto found = choices.find(given.value); found != choices.end()) return use(found->second);
    std::string all;
    for (const auto& [text, unused] : choices) all += (all.empty() ? "" : ", ") + text;
    refuse(given, "one of " + all);
  }
  // "ask=600ms,judge=5s"; "=2s" is the limit of every other kind.
  void slow(const Given& given) {
    std::vector<SlowLimit> limits;
    std::string_view rest = given.value;
    while (!core::without_blanks_around(rest).empty()) {
      const std::size_t comma = rest.find(',');
      const std::string_view one = core::without_blanks_around(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
      const std::size_t equals = one.find('=');
      nanoseconds limit{};
      if (equals == std::string_view::npos || !parse_duration(one.substr(equals + 1), &limit))
        return refuse(given, "a list such as ask=600ms,judge=5s; allowed: " + slow_limits_text());
      limits.push_back({std::string(core::without_blanks_around(one.substr(0, equals))), limit});
    }
    out_.settings.slow = std::move(limits);
    last_["slow"] = given;
  }

  ResolvedSettings& out_;
  std::map<std::string, Given>& last_;
};

// Where the comment of a line begins: at a '#' that opens the line or follows a blank; others belong to the value.
std::size_t comment_in(std::string_view line) {
  std::size_t mark = line.find('#');
  while (mark != std::string_view::npos && mark != 0 && !std::isspace(static_cast<unsigned char>(line[mark - 1])))
    mark = line.find('#', mark + 1);
  return mark;
}

void overlay_file(Overlay& overlay, ResolvedSettings& out, const char* path) {
  std::ifstream file(path);
  if (!file) {
    out.problems.push_back(std::string("LOOPTAPE_SETTINGS: cannot read ") + path);
    return;
  }
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::string_view text = core::without_blanks_around(std::string_view(line).substr(0, comment_in(line)));
    if (text.empty()) continue;
    const std::size_t equals = text.find('=');
    const std::string where = std::string(path) + ":" + std::to_string(number);
    if (equals == std::string_view::npos) {
      out.problems.push_back(where + ": a line is `name = value`");
      continue;
    }
    const std::string name(core::without_blanks_around(text.substr(0, equals)));
    overlay.apply({name, std::string(core::without_blanks_around(text.substr(equals + 1))), where + ": " + name});
  }
  if (file.bad()) out.problems.push_back(std::string("LOOPTAPE_SETTINGS: cannot read ") + path);
}

void overlay_environment(Overlay& overlay, ResolvedSettings& out) {
  if (const char* const path = ::secure_getenv("LOOPTAPE_SETTINGS")) overlay_file(overlay, out, path);
  for (const char* const name : setting_names()) {
    const std::string variable = core::variable_of(name);
    if (const char* const value = ::secure_getenv(variable.c_str())) overlay.apply({name, value, variable});
  }
  out.remarks = unknown_variables();
}

std::string spoken(nanoseconds value) { return core::exact_duration_text(value.count()); }

// What lies outside of its range is named as it was given, the ranges as people say them.
class RangeCheck {
 public:
  RangeCheck(std::vector<std::string>& problems, const std::map<std::string, Given>& last)
      : problems_(problems), last_(last) {}
  // Of a number, a size or a length of time.
  template <class Integer>
  bool number(const char* name, Integer value) {
    const SettingRange& range = range_of(name);
    if (range.holds(value)) return true;
    add(name, core::setting_value_text(range.measure, static_cast<std::int64_t>(value)), core::range_text(range));
    return false;
  }
  bool duration(const char* name, nanoseconds value) { return number(name, value.count()); }
  void add(const std::string& name, const std::string& value, const std::string& allowed) {
    const auto given = last_.find(name);
    problems_.push_back((given == last_.end() ? "setting " + name + " is " + value
                                              : given->second.where + " is '" + given->second.value + "'") +
                        "; allowed: " + allowed);
  }

 private:
  std::vector<std::string>& problems_;
  const std::map<std::string, Given>& last_;
};

// Signals that mean nothing else to the system: a fault would be repeated for ever, SIGTERM would no longer end the
// host.
bool may_ask_for_dumps(int signal) {
  return signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2 || signal == SIGWINCH ||
         (signal >= SIGRTMIN && signal <= SIGRTMAX);
}

// Lengths of time that nanoseconds cannot hold lie outside of every range.
nanoseconds held_age(seconds age) {
  constexpr seconds kMost(std::numeric_limits<std::int64_t>::max() / 1'000'000'000);
  return std::clamp(age, -kMost, kMost);
}

void check_ranges(ResolvedSettings& out, const std::map<std::string, Given>& last) {
  const Settings& s = out.settings;
  RangeCheck check(out.problems, last);
  if (!core::service_name_is_legal(s.service))
    check.add("service", "'" + s.service + "'", "1 to 63 letters, digits, '.', '_', '-', not beginning with '.'");
  check.number("budget_bytes", s.budget_bytes);
  const bool window = check.duration("window", s.window);
  check.number("max_threads", s.max_threads);
  check.number("max_in_flight", s.max_in_flight);
  const bool delay = check.duration("delay", s.delay);
  check.duration("cooldown", s.cooldown);
  check.number("disk_files", s.disk_files);
  check.number("disk_bytes", s.disk_bytes);
  check.number("disk_free_floor", s.disk_free_floor);
  check.duration("disk_age", held_age(s.disk_age));
  if (window && delay && s.delay > s.window)
    check.add("delay", spoken(s.delay),
              "at most the window, " + spoken(s.window) + ": what is waited for must fit into it");
  if (s.signal != -1 && s.signal != 0 && !may_ask_for_dumps(s.signal))
    check.add("signal", std::to_string(s.signal), kSignals);
  for (const SlowLimit& slow : s.slow)
    if (!kSlowRange.holds(slow.limit.count()))
      check.add("slow", slow.kind + "=" + spoken(slow.limit), slow_limits_text());
}

// A host that goes elsewhere later takes neither its dumps nor its region with it.
void make_absolute(const char* name, std::string& path, ResolvedSettings& out) {
  if (path.empty() || path.front() == '/') return;
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  if (error) out.problems.push_back(std::string("setting ") + name + " is " + path + ", and " + error.message());
  path = whole.lexically_normal().string();
}

}  // namespace

ResolvedSettings resolve_settings(Settings settings) {
  ResolvedSettings out;
  out.settings = std::move(settings);
  std::map<std::string, Given> last;
  Overlay overlay(out, last);
  overlay_environment(overlay, out);
  Settings& s = out.settings;
  if (s.directory.empty()) s.directory = core::state_directory();
  if (s.region_directory.empty()) s.region_directory = "/dev/shm";
  make_absolute("directory", s.directory, out);
  make_absolute("region_directory", s.region_directory, out);
  if (s.signal == -1) s.signal = SIGUSR2;
  check_ranges(out, last);
  return out;
}

}  // namespace looptape
