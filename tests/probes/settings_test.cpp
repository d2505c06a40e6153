// Settings: what each source may say, which one counts, and what is wrong with a wrong one.
#include "probes/settings_resolve.h"

#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "probes/environment_names.h"
#include "probes/settings_values.h"
#include "tests/core/temporary_directory.h"
#include "tests/probes/settings_place.h"

using namespace looptape;
using namespace std::chrono_literals;
using namespace looptape::testing;

TEST_CASE("the defaults are within their ranges, and what is left open is filled in") {
  const Environment environment(Environment::Variables{{"XDG_STATE_HOME", "/state"}});
  const ResolvedSettings resolved = resolve_settings(good());
  CHECK(resolved.problems.empty());
  CHECK_FALSE(resolved.off);
  CHECK(resolved.settings.directory == "/state/looptape");
  CHECK(resolved.settings.region_directory == "/dev/shm");
  CHECK(resolved.settings.signal == SIGUSR2);
}

TEST_CASE("every setting out of its range is named with its value and the range") {
  struct Case {
    void (*change)(Settings&);
    const char *name, *value, *range;
  };
  const Case cases[] = {
      {[](Settings& s) { s.budget_bytes = 4194303; }, "budget_bytes", "4194303 bytes", "allowed: 4 MiB to 16 GiB"},
      {[](Settings& s) { s.budget_bytes = (std::size_t{16} << 30) + 1; }, "budget_bytes", "17179869185 bytes",
       "allowed: 4 MiB to 16 GiB"},
      {[](Settings& s) { s.max_threads = 0; }, "max_threads", "0", "1 to 4096"},
      {[](Settings& s) { s.max_threads = 4097; }, "max_threads", "4097", "1 to 4096"},
      {[](Settings& s) { s.max_in_flight = 65001; }, "max_in_flight", "65001", "1 to 65000"},
      {[](Settings& s) { s.window = 25h; }, "window", "25 h", "allowed: 1 ms to 24 h"},
      {[](Settings& s) { s.delay = -1ns; }, "delay", "-1 ns", "allowed: 0 to 10 min"},
      {[](Settings& s) { s.cooldown = 25h; }, "cooldown", "25 h", "allowed: 0 to 24 h"},
      {[](Settings& s) { s.disk_files = 0; }, "disk_files", "0", "1 to 1000000"},
      {[](Settings& s) { s.signal = SIGKILL; }, "signal", "9", "SIGUSR1"},
      {[](Settings& s) { s.signal = SIGTERM; }, "signal", "15", "SIGUSR1"},
      {[](Settings& s) { s.signal = SIGSEGV; }, "signal", "11", "SIGUSR1"},
      {[](Settings& s) { s.disk_age = std::chrono::seconds(-1); }, "disk_age", "-1 s",
       "allowed: 0 (no limit) to 3660 d"},
      {[](Settings& s) { s.disk_bytes = 1; }, "disk_bytes", "1 byte", "allowed: 0 (no limit) or 1 MiB to 1 PiB"},
      {[](Settings& s) { s.signal = 4000; }, "signal", "4000", "SIGUSR1"},
      {[](Settings& s) {
         s.slow = {{"ask", 0ns}};
       },
       "slow", "ask=0", "limits of 1 ns to 365 d"},
      {[](Settings& s) { s.service = ""; }, "service", "''", "1 to 63 letters"},
      {[](Settings& s) { s.service = "a/b"; }, "service", "'a/b'", "1 to 63 letters"},
      {[](Settings& s) { s.service = ".hidden"; }, "service", "'.hidden'", "not beginning with '.'"},
      {[](Settings& s) { s.service = std::string(64, 'x'); }, "service", "xxxxxxxx", "1 to 63 letters"},
      {[](Settings& s) {
         s.window = 1s;
         s.delay = 2s;
       },
       "delay", "2 s", "at most the window, 1 s"},
  };
  for (const Case& one : cases) {
    Settings settings = good();
    one.change(settings);
    const std::string problem = problem_of(settings);
    INFO(problem);
    CHECK(has(problem, std::string("setting ") + one.name + " is "));
    CHECK(has(problem, one.value));
    CHECK(has(problem, one.range));
  }
}

TEST_CASE("the limits of the ranges themselves are allowed") {
  Settings settings = good();
  settings.budget_bytes = 4194304;
  settings.max_threads = 4096;
  settings.max_in_flight = 65000;
  settings.window = 24h;
  settings.delay = 10min;
  settings.cooldown = 0ns;
  settings.signal = 0;
  settings.service = std::string(63, 'x');
  CHECK(resolve_settings(settings).problems.empty());
}

TEST_CASE("the environment counts before the file, the file before the program") {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/settings";
  std::ofstream(path) << "# a comment\n\n budget_bytes = 8MiB  # and another\nwindow=2s\ncooldown = 5s\n"
                         "slow = ask=600ms, judge=5s\nuser_ids = dropped\n";
  const Environment environment(
      Environment::Variables{{"LOOPTAPE_SETTINGS", path}, {"LOOPTAPE_WINDOW", "3s"}, {"LOOPTAPE_DIR", "/elsewhere"}});
  Settings program = good();
  program.cooldown = 7s;
  program.window = 9s;
  program.disk_files = 5;
  const ResolvedSettings resolved = resolve_settings(program);
  CHECK(resolved.problems.empty());
  const Settings& s = resolved.settings;
  CHECK(s.window == 3s);
  CHECK(s.budget_bytes == std::size_t{8} << 20);
  CHECK(s.cooldown == 5s);
  CHECK(s.disk_files == 5);
  CHECK(s.directory == "/elsewhere");
  CHECK(s.user_ids == UserIds::dropped);
  REQUIRE(s.slow.size() == 2);
  CHECK((s.slow[1].kind == "judge" && s.slow[1].limit == 5s));
}

TEST_CASE("a value that cannot be read is named with where it stands") {
  CHECK(has(problem_of("LOOPTAPE_BUDGET_BYTES", "lots"),
            "LOOPTAPE_BUDGET_BYTES is 'lots'; it must be a size such as 48MiB"));
  CHECK(has(problem_of("LOOPTAPE_WINDOW", "10"), "LOOPTAPE_WINDOW is '10'; it must be a duration"));
  for (const char* const value : {"", "-", "many", "1.5", "0x10", "1e3"})
    CHECK(has(problem_of("LOOPTAPE_MAX_THREADS", value), "it must be a whole number"));
  CHECK(has(problem_of("LOOPTAPE_CLOCK", "sundial"), "one of automatic, counter, monotonic"));
  CHECK(has(problem_of("LOOPTAPE_SLOW", "ask"), "a list such as ask=600ms"));
  CHECK(has(problem_of("LOOPTAPE_SETTINGS", "/nonexistent"), "cannot read /nonexistent"));
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/settings";
  std::ofstream(path) << "window = 2s\nwindwo = 3s\n";
  CHECK(has(problem_of("LOOPTAPE_SETTINGS", path.c_str()),
            path + ":2: windwo: there is no setting of that name; the nearest is window"));
}

TEST_CASE("a number from outside that is out of range, even of its type's, is named as given with the range") {
  struct Case {
    const char *name, *value, *range;
  };
  const Case cases[] = {
      {"MAX_THREADS", "99999999999", "1 to 4096"},
      {"MAX_THREADS", "99999999999999999999", "1 to 4096"},
      {"MAX_THREADS", "-1", "1 to 4096"},
      {"MAX_IN_FLIGHT", "-99999999999999999999", "1 to 65000"},
      {"DISK_FILES", "-0", "1 to 1000000"},
      {"WINDOW", "1e30s", "1 ms to 24 h"},
      {"WINDOW", "1e999s", "1 ms to 24 h"},
      {"WINDOW", "-1s", "1 ms to 24 h"},
      {"DELAY", "-1e30s", "0 to 10 min"},
      {"COOLDOWN", "1d1", nullptr},
      {"COOLDOWN", "2d", "0 to 24 h"},
      {"BUDGET_BYTES", "20e9GiB", "4 MiB to 16 GiB"},
      {"BUDGET_BYTES", "-1", "4 MiB to 16 GiB"},
      {"BUDGET_BYTES", "-1e999GiB", "4 MiB to 16 GiB"},
      {"DISK_BYTES", "-1M", "0 (no limit) or 1 MiB to 1 PiB"},
      {"DISK_FREE_FLOOR", "-1", "0 to 1 PiB"},
      {"DISK_AGE", "1e30d", "0 (no limit) to 3660 d"},
      {"DISK_AGE", "-1d", "0 (no limit) to 3660 d"},
      {"SLOW", "ask=-1s", "limits of 1 ns to 365 d"},
      {"SLOW", "ask=1e30s", "limits of 1 ns to 365 d"},
      {"SIGNAL", "99999999999", "0 (none), SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH or SIGRTMIN to SIGRTMAX"},
      {"SERVICE", "a/b", "1 to 63 letters, digits, '.', '_', '-', not beginning with '.'"},
  };
  for (const Case& one : cases) {
    const std::string variable = std::string("LOOPTAPE_") + one.name;
    const std::string problem = problem_of(variable.c_str(), one.value);
    if (one.range == nullptr) continue;
    CHECK(problem == variable + " is '" + one.value + "'; allowed: " + one.range);
  }
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/settings";
  std::ofstream(path) << "window = 1e30s\n";
  CHECK(problem_of("LOOPTAPE_SETTINGS", path.c_str()) == path + ":1: window is '1e30s'; allowed: 1 ms to 24 h");
}

TEST_CASE("what a file says out of range counts no more when the environment says better") {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/settings";
  std::ofstream(path) << "window = 1e30s\nbudget_bytes=-1\n";
  const Environment environment(Environment::Variables{
      {"LOOPTAPE_SETTINGS", path}, {"LOOPTAPE_WINDOW", "3s"}, {"LOOPTAPE_BUDGET_BYTES", "8MiB"}});
  CHECK(resolve_settings(good()).problems.empty());
}

TEST_CASE("every setting but the callback can be set from outside") {
  std::ifstream header(LOOPTAPE_SOURCE_DIR "/probes/include/looptape/settings.h");
  std::vector<std::string> members;
  bool inside = false;
  for (std::string line; std::getline(header, line);) {
    if (line == "struct Settings {") inside = true;
    if (line == "};") inside = false;
    const std::size_t equals = line.find(" = ");
    if (!inside || line.starts_with("  //") || equals == std::string::npos) continue;
    members.push_back(line.substr(line.rfind(' ', equals - 1) + 1, equals - line.rfind(' ', equals - 1) - 1));
  }
  CHECK(members.size() >= 20);
  const auto names = setting_names();
  for (const std::string& member : members) {
    CAPTURE(member);
    CHECK((std::find(names.begin(), names.end(), member) != names.end()) == (member != "say"));
  }
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/settings";
  for (const char* const name : names) {  // none is only a name: each says what is wrong, or takes any text
    std::ofstream(path) << name << " = ?\n";
    const Environment environment(Environment::Variables{{"LOOPTAPE_SETTINGS", path}});
    const ResolvedSettings resolved = resolve_settings(good());
    CAPTURE(name);
    const bool any_text = std::string(name) == "version" || has(name, "directory");
    REQUIRE(resolved.problems.size() == (any_text ? 0 : 1));
    if (!any_text) CHECK(has(resolved.problems[0], path + ":1: " + name + " is '?'; "));
  }
}

TEST_CASE("switches take 1, yes, true, on and 0, no, false, off, and nothing else") {
  struct Case {
    const char* variable;
    bool (*value)(const ResolvedSettings&);
  };
  const Case cases[] = {{"LOOPTAPE_OFF", [](const ResolvedSettings& r) { return r.off; }},
                        {"LOOPTAPE_STRICT", [](const ResolvedSettings& r) { return r.settings.strict; }},
                        {"LOOPTAPE_DUMP_AT_EXIT", [](const ResolvedSettings& r) { return r.settings.dump_at_exit; }}};
  for (const Case& one : cases) {
    const auto given = [&](const char* text, bool before) {
      const Environment environment(Environment::Variables{{one.variable, text}});
      Settings settings = good();
      settings.strict = settings.dump_at_exit = before;
      const ResolvedSettings resolved = resolve_settings(settings);
      INFO(one.variable << '=' << text);
      CHECK(resolved.problems.empty());
      CHECK(resolved.remarks.empty());
      return one.value(resolved);
    };
    for (const char* const yes : {"1", "yes", "true", "on"}) CHECK(given(yes, false));
    for (const char* const no : {"0", "no", "false", "off"}) CHECK_FALSE(given(no, true));
    CHECK_FALSE(given("", false));  // as if it were not there
    for (const char* const bad : {"2", "maybe", "-1", "yess"})
      CHECK(has(problem_of(one.variable, bad), "it must be one of 1, yes, true, on, 0, no, false, off"));
  }
}

TEST_CASE("a signal is given by its name or its number") {
  const std::pair<const char*, int> cases[] = {
      {"SIGUSR1", SIGUSR1},      {"USR1", SIGUSR1},      {"10", 10},
      {"SIGHUP", SIGHUP},        {"WINCH", SIGWINCH},    {"0", 0},
      {"RTMIN+2", SIGRTMIN + 2}, {"SIGRTMIN", SIGRTMIN}, {"SIGRTMAX", SIGRTMAX}};
  for (const auto& [text, signal] : cases) {
    const Environment environment(Environment::Variables{{"LOOPTAPE_SIGNAL", text}});
    const ResolvedSettings resolved = resolve_settings(good());
    CAPTURE(text);
    CHECK(resolved.problems.empty());
    CHECK(resolved.settings.signal == signal);
  }
  for (const char* const bad : {"SIGTERM", "KILL", "9", "SIGRTMIN+99"})
    CHECK(has(problem_of("LOOPTAPE_SIGNAL", bad), "; allowed: 0 (none), SIGHUP, SIGUSR1"));
  for (const char* const bad : {"SIGFOO", "", "-1", "usr one", "SIG", "SIGRTMIN-1"})
    CHECK(has(problem_of("LOOPTAPE_SIGNAL", bad), "it must be 0 (none), SIGHUP, SIGUSR1"));
}

TEST_CASE("in a file of settings a '#' within a value belongs to it") {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/settings";
  std::ofstream(path)
      << "#window = 1s\n  # cooldown = 1s\ndirectory = /tmp/a#b\nregion_directory = /tmp/#c\t# a comment\n"
         "version = 7#1#2 #3\n";
  const Environment environment(Environment::Variables{{"LOOPTAPE_SETTINGS", path}});
  const ResolvedSettings resolved = resolve_settings(good());
  CHECK(resolved.problems.empty());
  CHECK(resolved.settings.directory == "/tmp/a#b");
  CHECK(resolved.settings.region_directory == "/tmp/#c");
  CHECK(resolved.settings.version == "7#1#2");
  CHECK(resolved.settings.window == 10s);
}

TEST_CASE("durations and sizes need their units, and nothing after them") {
  std::chrono::nanoseconds duration{};
  CHECK((parse_duration("600ms", &duration) && duration == 600ms));
  CHECK((parse_duration("1.5s", &duration) && duration == 1500ms));
  CHECK((parse_duration("2min", &duration) && duration == 2min));
  CHECK((parse_duration("7ns", &duration) && duration == 7ns));
  CHECK((parse_duration("1.5ns", &duration) && duration == 2ns));
  CHECK((parse_duration("14d", &duration) && duration == 14 * 24h));
  for (const char* bad : {"", "s", "600", "1 fortnight", "1ss", "nan s", "infs", "-infs"})
    CHECK_FALSE(parse_duration(bad, &duration));
  // Sizes are read as the table's other measures are.
  const auto budget = [](const char* text) {
    const Environment environment(Environment::Variables{{"LOOPTAPE_BUDGET_BYTES", text}});
    const ResolvedSettings resolved = resolve_settings(good());
    return resolved.problems.empty() ? resolved.settings.budget_bytes : 0;
  };
  CHECK(budget("48MiB") == std::size_t{48} << 20);
  CHECK(budget("64M") == std::size_t{64} << 20);
  CHECK(budget("8388608.5") == (std::size_t{8} << 20) + 1);  // a part of a byte is one
  CHECK(budget("8388608") == std::size_t{8} << 20);
  for (const char* bad : {"", "M", "8MB", "8388608 2", "nan", "inf"}) CHECK(budget(bad) == 0);
}

TEST_CASE("what the program sets out of range is said as one writes it, whatever type holds it") {
  struct Case {
    void (*set)(Settings&);
    const char* problem;
  };
  const Case cases[] = {
      {[](Settings& s) { s.window = 100us; }, "setting window is 100 us; allowed: 1 ms to 24 h"},
      {[](Settings& s) { s.window = 25h; }, "setting window is 25 h; allowed: 1 ms to 24 h"},
      {[](Settings& s) { s.delay = 630s; }, "setting delay is 630 s; allowed: 0 to 10 min"},
      {[](Settings& s) { s.delay = 15s; },
       "setting delay is 15 s; allowed: at most the window, 10 s: what is waited for must fit into it"},
      {[](Settings& s) { s.cooldown = 48h; }, "setting cooldown is 2 d; allowed: 0 to 24 h"},
      {[](Settings& s) { s.budget_bytes = 3 << 20; }, "setting budget_bytes is 3 MiB; allowed: 4 MiB to 16 GiB"},
      {[](Settings& s) { s.disk_bytes = 100 << 10; },
       "setting disk_bytes is 100 KiB; allowed: 0 (no limit) or 1 MiB to 1 PiB"},
      {[](Settings& s) { s.disk_free_floor = std::size_t{2} << 50; },
       "setting disk_free_floor is 2 PiB; allowed: 0 to 1 PiB"},
      {[](Settings& s) { s.disk_age = 24h * 4000; }, "setting disk_age is 4000 d; allowed: 0 (no limit) to 3660 d"},
      {[](Settings& s) {
         s.slow = {{"ask", -1ms}};
       },
       "setting slow is ask=-1 ms; allowed: limits of 1 ns to 365 d"},
  };
  const Environment environment(Environment::Variables{});
  for (const Case& one : cases) {
    Settings settings = good();
    one.set(settings);
    const ResolvedSettings resolved = resolve_settings(settings);
    REQUIRE(resolved.problems.size() == 1);
    CHECK(resolved.problems[0] == one.problem);
  }
}

TEST_CASE("a relative directory counts from where the process is when the recorder starts") {
  TemporaryDirectory start;
  const std::string before = std::filesystem::current_path();
  std::filesystem::current_path(start.path());
  const Environment environment(Environment::Variables{{"LOOPTAPE_DIR", "dumps/../tapes"}});
  Settings settings = good();
  settings.region_directory = "shared";
  const ResolvedSettings resolved = resolve_settings(settings);
  std::filesystem::current_path(before);
  CHECK(resolved.problems.empty());
  CHECK(resolved.settings.directory == start.path() + "/tapes");
  CHECK(resolved.settings.region_directory == start.path() + "/shared");
}

TEST_CASE("a LOOPTAPE_* variable that means nothing is remarked upon with the nearest name, and is no problem") {
  const Environment environment(
      Environment::Variables{{"LOOPTAPE_WINDWO", "3s"}, {"LOOPTAPE_SLOW", "ask=1s"}, {"LOOPTAPE_DIRECTORY", "/x"}});
  const ResolvedSettings resolved = resolve_settings(good());
  CHECK(resolved.problems.empty());
  REQUIRE(resolved.remarks.size() == 2);
  const bool first = has(resolved.remarks[0], "WINDWO");
  CHECK(resolved.remarks[first ? 0 : 1] == "LOOPTAPE_WINDWO means nothing; the nearest setting is LOOPTAPE_WINDOW");
  CHECK(has(resolved.remarks[first ? 1 : 0], "LOOPTAPE_DIRECTORY means nothing; the nearest setting is LOOPTAPE_DIR"));
}
