// Settings: what each source may say, which one counts, and what is wrong with a wrong one.
#include "probes/settings_resolve.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/core/temporary_directory.h"

using namespace looptape;
using namespace std::chrono_literals;
using looptape::testing::TemporaryDirectory;

namespace {

// Environment variables of one test.
class Environment {
 public:
  using Variables = std::map<std::string, std::string>;
  explicit Environment(const Variables& variables) : variables_(variables) {
    for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : variables_) ::unsetenv(name.c_str());
  }

 private:
  Variables variables_;
};

Settings good() {
  Settings settings;
  settings.service = "answers";
  return settings;
}

// The only problem with `settings`.
std::string problem_of(const Settings& settings) {
  const ResolvedSettings resolved = resolve_settings(settings);
  REQUIRE(resolved.problems.size() == 1);
  return resolved.problems[0];
}

std::string problem_of(const char* variable, const char* value) {
  const Environment environment(Environment::Variables{{variable, value}});
  return problem_of(good());
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

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
      {[](Settings& s) { s.budget_bytes = 4194303; }, "budget_bytes", "4194303", "4194304 … 17179869184"},
      {[](Settings& s) { s.budget_bytes = (std::size_t{16} << 30) + 1; }, "budget_bytes", "17179869185",
       "4194304 … 17179869184"},
      {[](Settings& s) { s.max_threads = 0; }, "max_threads", "0", "1 … 4096"},
      {[](Settings& s) { s.max_threads = 4097; }, "max_threads", "4097", "1 … 4096"},
      {[](Settings& s) { s.max_in_flight = 65001; }, "max_in_flight", "65001", "1 … 65000"},
      {[](Settings& s) { s.window = 25h; }, "window", "90000000000000 ns", "1000000 … 86400000000000 ns"},
      {[](Settings& s) { s.delay = -1ns; }, "delay", "-1 ns", "0 … 600000000000 ns"},
      {[](Settings& s) { s.cooldown = 25h; }, "cooldown", "90000000000000 ns", "0 … 86400000000000 ns"},
      {[](Settings& s) { s.disk_files = 0; }, "disk_files", "0", "1 … 1000000"},
      {[](Settings& s) { s.signal = SIGKILL; }, "signal", "9", "SIGUSR1"},
      {[](Settings& s) { s.signal = SIGTERM; }, "signal", "15", "SIGUSR1"},
      {[](Settings& s) { s.signal = SIGSEGV; }, "signal", "11", "SIGUSR1"},
      {[](Settings& s) { s.disk_age = std::chrono::seconds(-1); }, "disk_age", "-1", "no limit"},
      {[](Settings& s) { s.disk_bytes = 1; }, "disk_bytes", "1", "1048576"},
      {[](Settings& s) { s.signal = 4000; }, "signal", "4000", "SIGUSR1"},
      {[](Settings& s) {
         s.slow = {{"ask", 0ns}};
       },
       "slow", "ask=0 ns", "more than 0"},
      {[](Settings& s) { s.service = ""; }, "service", "''", "1 … 63 letters"},
      {[](Settings& s) { s.service = "a/b"; }, "service", "'a/b'", "1 … 63 letters"},
      {[](Settings& s) { s.service = ".hidden"; }, "service", "'.hidden'", "not beginning with '.'"},
      {[](Settings& s) { s.service = std::string(64, 'x'); }, "service", "xxxxxxxx", "1 … 63 letters"},
      {[](Settings& s) {
         s.window = 1s;
         s.delay = 2s;
       },
       "delay", "2000000000 ns", "at most the window"},
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
  CHECK(has(problem_of("LOOPTAPE_MAX_THREADS", "-1"), "LOOPTAPE_MAX_THREADS is '-1'; it must be a whole number"));
  CHECK(has(problem_of("LOOPTAPE_MAX_THREADS", "99999999999999999999"), "it must be a whole number"));
  CHECK(has(problem_of("LOOPTAPE_CLOCK", "sundial"), "one of automatic, counter, monotonic"));
  CHECK(has(problem_of("LOOPTAPE_SLOW", "ask"), "a list such as ask=600ms"));
  CHECK(has(problem_of("LOOPTAPE_SETTINGS", "/nonexistent"), "cannot read /nonexistent"));
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/settings";
  std::ofstream(path) << "window = 2s\nwindwo = 3s\n";
  CHECK(has(problem_of("LOOPTAPE_SETTINGS", path.c_str()), path + ":2: windwo: there is no setting of that name"));
}

TEST_CASE("LOOPTAPE_OFF asks for no recording") {
  {
    const Environment environment(Environment::Variables{{"LOOPTAPE_OFF", "1"}});
    CHECK(resolve_settings(good()).off);
  }
  {
    const Environment environment(Environment::Variables{{"LOOPTAPE_OFF", "0"}});
    CHECK_FALSE(resolve_settings(good()).off);
  }
}

TEST_CASE("durations and sizes need their units, and nothing after them") {
  std::chrono::nanoseconds duration{};
  std::size_t size = 0;
  CHECK((parse_duration("600ms", &duration) && duration == 600ms));
  CHECK((parse_duration("1.5s", &duration) && duration == 1500ms));
  CHECK((parse_duration("2min", &duration) && duration == 2min));
  CHECK((parse_duration("7ns", &duration) && duration == 7ns));
  CHECK((parse_duration("14d", &duration) && duration == 14 * 24h));
  for (const char* bad : {"", "s", "600", "1 fortnight", "-1s", "1ss", "nan s", "infs", "1e30s"})
    CHECK_FALSE(parse_duration(bad, &duration));
  CHECK((parse_size("48MiB", &size) && size == std::size_t{48} << 20));
  CHECK((parse_size("64M", &size) && size == std::size_t{64} << 20));
  CHECK((parse_size("1.5K", &size) && size == 1536));
  CHECK((parse_size("4096", &size) && size == 4096));
  for (const char* bad : {"", "M", "1MB", "-1M", "1 2", "nan", "inf", "1e30"}) CHECK_FALSE(parse_size(bad, &size));
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
