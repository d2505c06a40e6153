// Settings as they count: see settings_resolve.h.
#include "probes/settings_resolve.h"

#include <signal.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "core/measure_text.h"
#include "core/service_name.h"
#include "core/setting_range.h"
#include "core/state_directory.h"
#include "core/visible_text.h"
#include "probes/environment_names.h"
#include "probes/settings_file.h"

namespace looptape {
namespace {

std::string in_quotes(std::string_view text) {
  return std::string(1, '\'').append(core::excerpt(text)).append(1, '\'');
}

// What was given from outside, by setting: what comes later counts, and what it takes the place of is not looked at.
class Outside {
 public:
  explicit Outside(std::vector<std::string>& problems) : problems_(problems) {}

  void add(const GivenSetting& given) {
    if (given.name == kSettingsFile) {
      problems_.push_back(given.where + ": a file of settings cannot name another one; move that one's lines here");
    } else if (!is_setting(given.name)) {
      const std::string nearest = nearest_setting(given.name);
      problems_.push_back(given.where + ": there is no setting of that name" +
                          (nearest.empty() ? "" : "; the nearest is " + nearest));
    } else if (!given.value.empty() || !is_switch(given.name)) {
      last_[given.name] = given;
    }
  }
  const std::map<std::string, GivenSetting>& all() const { return last_; }
  // "LOOPTAPE_WINDOW is '9'" when it was given from outside, else "setting window is " and the value.
  std::string said(const std::string& name, const std::string& value) const {
    const auto given = last_.find(name);
    return given == last_.end() ? "setting " + name + " is " + value
                                : given->second.where + " is " + in_quotes(given->second.value);
  }

 private:
  std::vector<std::string>& problems_;
  std::map<std::string, GivenSetting> last_;
};

// Where the comment of a line begins: at a '#' that opens the line or follows a blank; others belong to the value.
std::size_t comment_in(std::string_view line) {
  std::size_t mark = line.find('#');
  while (mark != std::string_view::npos && mark != 0 && !std::isspace(static_cast<unsigned char>(line[mark - 1])))
    mark = line.find('#', mark + 1);
  return mark;
}

constexpr std::size_t kMostProblems = 10;  // that are said of one file: its lines may be anything

void read_file(Outside& outside, ResolvedSettings& out, const char* path) {
  std::string whole;
  if (std::string why = read_settings_file(path, &whole); !why.empty()) return out.problems.push_back(std::move(why));
  std::string_view rest = whole;
  for (int number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::string_view text = core::without_blanks_around(line.substr(0, comment_in(line)));
    if (text.empty()) continue;
    const std::size_t equals = text.find('=');
    const std::string where = core::excerpt(path) + ":" + std::to_string(number);
    if (out.problems.size() >= kMostProblems)
      return out.problems.push_back(where + ": not read any further, too much is wrong before");
    if (equals == std::string_view::npos) {
      out.problems.push_back(where + ": a line is `name = value`");
      continue;
    }
    const std::string name(core::without_blanks_around(text.substr(0, equals)));
    outside.add(
        {name, std::string(core::without_blanks_around(text.substr(equals + 1))), where + ": " + core::excerpt(name)});
  }
}

void read_environment(Outside& outside, ResolvedSettings& out) {
  if (const char* const path = ::secure_getenv(core::variable_of(kSettingsFile).c_str())) read_file(outside, out, path);
  for (const char* const name : setting_names()) {
    const std::string variable = core::variable_of(name);
    if (const char* const value = ::secure_getenv(variable.c_str())) outside.add({name, value, variable});
  }
  out.remarks = unknown_variables();
}

// What lies outside of its range is named as it was given, the ranges as people say them.  `wrong`: settings that have
// been found wrong already, of which the value is not the one that was given.
void check(const Outside& outside, std::set<std::string> wrong, ResolvedSettings& out) {
  const Settings& s = out.settings;
  const auto refuse = [&](const char* name, const std::string& value, std::string_view allowed) {
    out.problems.push_back((outside.said(name, value) + "; allowed: ").append(allowed));
    wrong.insert(name);
  };
  const auto spoken = [](std::chrono::nanoseconds time) { return core::exact_duration_text(time.count()); };
  if (!core::service_name_is_legal(s.service))
    refuse("service", in_quotes(s.service), "1 to 63 letters, digits, '.', '_', '-', not beginning with '.'");
  for (const MeasuredSetting& one : measured_settings()) {
    const std::int64_t value = one.value(s);
    if (!wrong.contains(one.name) && !one.range.holds(value))
      refuse(one.name, core::setting_value_text(one.range.measure, value), core::range_text(one.range));
  }
  if (!wrong.contains("window") && !wrong.contains("delay") && s.delay > s.window)
    refuse("delay", spoken(s.delay),
           "at most the window, " + spoken(s.window) + ": what is waited for must fit into it");
  if (!wrong.contains("signal") && s.signal != 0 && !may_ask_for_dumps(s.signal))
    refuse("signal", std::to_string(s.signal), signals_text());
  if (wrong.contains("slow")) return;
  std::map<std::string_view, std::chrono::nanoseconds> limits;
  for (const SlowLimit& slow : s.slow) {
    const auto written = [&](std::chrono::nanoseconds limit) { return core::excerpt(slow.kind) + "=" + spoken(limit); };
    const auto [other, is_new] = limits.emplace(slow.kind, slow.limit);
    if (!is_slow_limit(slow.limit)) return refuse("slow", written(slow.limit), slow_limits_text());
    if (!is_new)
      return refuse("slow", written(other->second) + "," + written(slow.limit),
                    "one limit for a kind, and " +
                        (slow.kind.empty() ? "all other kinds have" : in_quotes(slow.kind) + " has") + " " +
                        spoken(other->second) + " and " + spoken(slow.limit));
  }
}

// A host that goes elsewhere later takes neither its dumps nor its region with it.
void make_absolute(const char* name, std::string& path, ResolvedSettings& out) {
  if (path.empty() || path.front() == '/') return;
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  if (error)
    out.problems.push_back(std::string("setting ") + name + " is " + core::excerpt(path) + ", and " + error.message());
  path = whole.lexically_normal().string();
}

}  // namespace

ResolvedSettings resolve_settings(Settings settings) {
  ResolvedSettings out;
  out.settings = std::move(settings);
  Outside outside(out.problems);
  read_environment(outside, out);
  std::set<std::string> wrong;
  for (const auto& [name, given] : outside.all()) {
    std::string why = apply_setting(given, out);
    if (why.empty()) continue;
    out.problems.push_back(std::move(why));
    wrong.insert(name);
  }
  Settings& s = out.settings;
  if (s.directory.empty()) s.directory = core::state_directory();
  if (s.region_directory.empty()) s.region_directory = "/dev/shm";
  make_absolute("directory", s.directory, out);
  make_absolute("region_directory", s.region_directory, out);
  if (s.signal == -1) s.signal = SIGUSR2;
  check(outside, std::move(wrong), out);
  return out;
}

}  // namespace looptape
