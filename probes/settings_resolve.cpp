// Settings as they count: see settings_resolve.h.
#include "probes/settings_resolve.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/service_name.h"
#include "core/state_directory.h"
#include "probes/environment_names.h"

namespace looptape {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

// A decimal number followed by a unit; the scaled value, rounded.
template <class Units>
bool parse_scaled(std::string_view text, const Units& units, double* value) {
  text = trim(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return false;
  const std::string_view unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  const auto found = std::find_if(units.begin(), units.end(), [&](const auto& u) { return u.first == unit; });
  if (found == units.end()) return false;
  *value = number * found->second;
  return *value < 9e18;
}

bool parse_number(std::string_view text, unsigned long long* value) {
  text = trim(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

// One place where a value came from, for messages: "LOOPTAPE_WINDOW" or "window (/etc/x, line 3)".
struct Given {
  std::string name, value, where;
};

class Overlay {
 public:
  explicit Overlay(ResolvedSettings& out) : out_(out) {}

  void apply(const Given& given) {
    Settings& s = out_.settings;
    const std::string& name = given.name;
    if (name == "off") {
      choice(given, {{"", 0}, {"0", 0}, {"1", 1}, {"no", 0}, {"yes", 1}, {"false", 0}, {"true", 1}},
             [&](int v) { out_.off = v != 0; });
    } else if (name == "service") {
      s.service = given.value;
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
      if (duration(given, &age)) s.disk_age = std::chrono::duration_cast<seconds>(age);
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
      choice(given, {{"0", 0}, {"1", 1}}, [&](int v) { s.dump_at_exit = v != 0; });
    } else if (name == "signal") {
      unsigned value = 0;
      if (number(given, &value)) s.signal = static_cast<int>(value);
    } else if (name == "slow") {
      slow(given);
    } else {
      out_.problems.push_back(given.where + ": there is no setting of that name");
    }
  }

 private:
  void refuse(const Given& given, const std::string& wanted) {
    out_.problems.push_back(given.where + " is '" + given.value + "'; it must be " + wanted);
  }
  bool size(const Given& given, std::size_t* value) {
    if (parse_size(given.value, value)) return true;
    refuse(given, "a size such as 48MiB");
    return false;
  }
  bool duration(const Given& given, nanoseconds* value) {
    if (parse_duration(given.value, value)) return true;
    refuse(given, "a duration such as 600ms or 2s");
    return false;
  }
  bool number(const Given& given, unsigned* value) {
    unsigned long long wide = 0;
    if (parse_number(given.value, &wide) && wide <= 0x7fffffff) {
      *value = static_cast<unsigned>(wide);
      return true;
    }
    refuse(given, "a whole number");
    return false;
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
    while (!trim(rest).empty()) {
      const std::size_t comma = rest.find(',');
      const std::string_view one = trim(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
      const std::size_t equals = one.find('=');
      nanoseconds limit{};
      if (equals == std::string_view::npos || !parse_duration(one.substr(equals + 1), &limit))
        return refuse(given, "a list such as ask=600ms,judge=5s");
      limits.push_back({std::string(trim(one.substr(0, equals))), limit});
    }
    out_.settings.slow = std::move(limits);
  }

  ResolvedSettings& out_;
};

void overlay_file(Overlay& overlay, ResolvedSettings& out, const char* path) {
  std::ifstream file(path);
  if (!file) {
    out.problems.push_back(std::string("LOOPTAPE_SETTINGS: cannot read ") + path);
    return;
  }
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::string_view text = trim(std::string_view(line).substr(0, line.find('#')));
    if (text.empty()) continue;
    const std::size_t equals = text.find('=');
    const std::string where = std::string(path) + ":" + std::to_string(number);
    if (equals == std::string_view::npos) {
      out.problems.push_back(where + ": a line is `name = value`");
      continue;
    }
    const std::string name(trim(text.substr(0, equals)));
    overlay.apply({name, std::string(trim(text.substr(equals + 1))), where + ": " + name});
  }
  if (file.bad()) out.problems.push_back(std::string("LOOPTAPE_SETTINGS: cannot read ") + path);
}

void overlay_environment(Overlay& overlay, ResolvedSettings& out) {
  if (const char* const path = ::secure_getenv("LOOPTAPE_SETTINGS")) overlay_file(overlay, out, path);
  for (const char* const name : setting_names()) {
    const std::string variable = variable_of(name);
    if (const char* const value = ::secure_getenv(variable.c_str())) overlay.apply({name, value, variable});
  }
  out.remarks = unknown_variables();
}

class RangeCheck {
 public:
  explicit RangeCheck(std::vector<std::string>& problems) : problems_(problems) {}
  template <class T>
  void number(const char* name, T value, T low, T high) {
    if (value < low || value > high)
      add(name, std::to_string(value), std::to_string(low) + " … " + std::to_string(high));
  }
  void duration(const char* name, nanoseconds value, nanoseconds low, nanoseconds high) {
    if (value < low || value > high)
      add(name, std::to_string(value.count()) + " ns",
          std::to_string(low.count()) + " … " + std::to_string(high.count()) + " ns");
  }
  void add(const std::string& name, const std::string& value, const std::string& range) {
    problems_.push_back("setting " + name + " is " + value + "; allowed: " + range);
  }

 private:
  std::vector<std::string>& problems_;
};

// Signals that mean nothing else to the system: a fault would be repeated for ever, SIGTERM would no longer end the
// host.
bool may_ask_for_dumps(int signal) {
  return signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2 || signal == SIGWINCH ||
         (signal >= SIGRTMIN && signal <= SIGRTMAX);
}

void check_ranges(ResolvedSettings& out) {
  const Settings& s = out.settings;
  RangeCheck check(out.problems);
  if (!core::service_name_is_legal(s.service))
    check.add("service", "'" + s.service + "'", "1 … 63 letters, digits, '.', '_', '-', not beginning with '.'");
  check.number<std::size_t>("budget_bytes", s.budget_bytes, 4 * kMiB, std::size_t{16} << 30);
  check.duration("window", s.window, std::chrono::milliseconds(1), std::chrono::hours(24));
  check.number("max_threads", s.max_threads, 1u, 4096u);
  check.number("max_in_flight", s.max_in_flight, 1u, 65000u);
  check.duration("delay", s.delay, nanoseconds(0), std::chrono::minutes(10));
  check.duration("cooldown", s.cooldown, nanoseconds(0), std::chrono::hours(24));
  check.number("disk_files", s.disk_files, 1u, 1000000u);
  if (s.disk_bytes != 0) check.number<std::size_t>("disk_bytes", s.disk_bytes, kMiB, std::size_t{1} << 50);
  constexpr std::int64_t kTenYears = std::int64_t{10} * 366 * 24 * 3600;
  if (s.disk_age.count() < 0 || s.disk_age.count() > kTenYears)
    check.add("disk_age", std::to_string(s.disk_age.count()) + " s",
              "0 (no limit) … " + std::to_string(kTenYears) + " s");
  if (s.delay > s.window)
    check.add("delay", std::to_string(s.delay.count()) + " ns",
              "at most the window: what is waited for must fit into it");
  if (s.signal != -1 && s.signal != 0 && !may_ask_for_dumps(s.signal))
    check.add("signal", std::to_string(s.signal),
              "0 (none), SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH or " + std::to_string(SIGRTMIN) + " … " +
                  std::to_string(SIGRTMAX));
  for (const SlowLimit& slow : s.slow)
    if (slow.limit <= nanoseconds(0))
      check.add("slow", slow.kind + "=" + std::to_string(slow.limit.count()) + " ns", "more than 0");
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

bool parse_duration(std::string_view text, nanoseconds* value) {
  static const std::map<std::string_view, double> units = {{"ns", 1},     {"us", 1e3},   {"ms", 1e6},   {"s", 1e9},
                                                           {"min", 6e10}, {"h", 3.6e12}, {"d", 8.64e13}};
  double scaled = 0;
  if (!parse_scaled(text, units, &scaled)) return false;
  *value = nanoseconds(static_cast<std::int64_t>(scaled));
  return true;
}

bool parse_size(std::string_view text, std::size_t* value) {
  static const std::map<std::string_view, double> units = {
      {"", 1}, {"K", 1024}, {"KiB", 1024}, {"M", 1048576}, {"MiB", 1048576}, {"G", 1073741824}, {"GiB", 1073741824}};
  double scaled = 0;
  if (!parse_scaled(text, units, &scaled)) return false;
  *value = static_cast<std::size_t>(scaled);
  return true;
}

ResolvedSettings resolve_settings(Settings settings) {
  ResolvedSettings out;
  out.settings = std::move(settings);
  Overlay overlay(out);
  overlay_environment(overlay, out);
  Settings& s = out.settings;
  if (s.directory.empty()) s.directory = core::state_directory();
  if (s.region_directory.empty()) s.region_directory = "/dev/shm";
  make_absolute("directory", s.directory, out);
  make_absolute("region_directory", s.region_directory, out);
  if (s.signal == -1) s.signal = SIGUSR2;
  check_ranges(out);
  return out;
}

}  // namespace looptape
