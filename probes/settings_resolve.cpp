// Settings as they count: see settings_resolve.h.
#include "probes/settings_resolve.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/measure_text.h"
#include "core/service_name.h"
#include "core/state_directory.h"
#include "probes/environment_names.h"
#include "probes/settings_values.h"

namespace looptape {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::size_t kMiB = std::size_t{1} << 20, kMostDisk = std::size_t{1} << 50;
constexpr const char* kSignals = "0 (none), SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH or SIGRTMIN to SIGRTMAX";

// One place where a value came from, for messages: "LOOPTAPE_WINDOW" or "window (/etc/x, line 3)".
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
      boolean(given, &s.dump_at_exit);
    } else if (name == "strict") {
      boolean(given, &s.strict);
    } else if (name == "signal") {
      signal(given, &s.signal);
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
  void size(const Given& given, std::size_t* value) {
    if (!parse_size(given.value, value)) return refuse(given, "a size such as 48MiB");
    last_[given.name] = given;
  }
  bool duration(const Given& given, nanoseconds* value) {
    if (!parse_duration(given.value, value)) return refuse(given, "a duration such as 600ms or 2s"), false;
    last_[given.name] = given;
    return true;
  }
  void number(const Given& given, unsigned* value) {
    if (!parse_number(given.value, value)) return refuse(given, "a whole number");
    last_[given.name] = given;
  }
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
        return refuse(given, "a list such as ask=600ms,judge=5s");
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
    const std::string variable = variable_of(name);
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
  void number(const char* name, unsigned value, unsigned low, unsigned high) {
    if (value < low || value > high)
      add(name, std::to_string(value), std::to_string(low) + " to " + std::to_string(high));
  }
  void size(const char* name, std::size_t value, std::size_t low, std::size_t high, const char* before = "") {
    if (value < low || value > high)
      add(name, core::exact_bytes_text(value),
          before + core::exact_bytes_text(low) + " to " + core::exact_bytes_text(high));
  }
  bool duration(const char* name, nanoseconds value, nanoseconds low, nanoseconds high) {
    if (value >= low && value <= high) return true;
    add(name, spoken(value), spoken(low) + " to " + spoken(high));
    return false;
  }
  void add(const std::string& name, const std::string& value, const std::string& range) {
    const auto given = last_.find(name);
    problems_.push_back((given == last_.end() ? "setting " + name + " is " + value
                                              : given->second.where + " is '" + given->second.value + "'") +
                        "; allowed: " + range);
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

void check_ranges(ResolvedSettings& out, const std::map<std::string, Given>& last) {
  using std::chrono::hours;
  constexpr hours kDay(24);
  const Settings& s = out.settings;
  RangeCheck check(out.problems, last);
  if (!core::service_name_is_legal(s.service))
    check.add("service", "'" + s.service + "'", "1 to 63 letters, digits, '.', '_', '-', not beginning with '.'");
  check.size("budget_bytes", s.budget_bytes, 4 * kMiB, std::size_t{16} << 30);
  const bool window = check.duration("window", s.window, std::chrono::milliseconds(1), kDay);
  check.number("max_threads", s.max_threads, 1, 4096);
  check.number("max_in_flight", s.max_in_flight, 1, 65000);
  const bool delay = check.duration("delay", s.delay, nanoseconds(0), std::chrono::minutes(10));
  check.duration("cooldown", s.cooldown, nanoseconds(0), kDay);
  check.number("disk_files", s.disk_files, 1, 1000000);
  if (s.disk_bytes != 0) check.size("disk_bytes", s.disk_bytes, kMiB, kMostDisk, "0 (no limit) or ");
  check.size("disk_free_floor", s.disk_free_floor, 0, kMostDisk);
  constexpr seconds kMostAge = kDay * 3660;
  if (s.disk_age < seconds(0) || s.disk_age > kMostAge)
    check.add("disk_age", spoken(s.disk_age), "0 (no limit) to " + spoken(kMostAge));
  if (window && delay && s.delay > s.window)
    check.add("delay", spoken(s.delay),
              "at most the window, " + spoken(s.window) + ": what is waited for must fit into it");
  if (s.signal != -1 && s.signal != 0 && !may_ask_for_dumps(s.signal))
    check.add("signal", std::to_string(s.signal), kSignals);
  for (const SlowLimit& slow : s.slow)
    if (slow.limit <= nanoseconds(0) || slow.limit > kDay * 365)
      check.add("slow", slow.kind + "=" + spoken(slow.limit), "limits of 1 ns to 365 d");
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
