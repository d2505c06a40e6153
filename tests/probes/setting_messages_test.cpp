// What is said of settings: the ranges, the limits of the disk, the name that was meant.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/disk_limits.h"
#include "core/setting_range.h"
#include "probes/environment_names.h"
#include "probes/settings_table.h"
#include "tests/probes/settings_place.h"

using namespace looptape;
using namespace looptape::testing;

TEST_CASE("the public header says the limits of the disk that recorders and the command keep to") {
  const Settings usual;
  CHECK(std::cmp_equal(usual.disk_bytes, core::kDiskBytes.usual));
  CHECK(std::cmp_equal(usual.disk_files, core::kDiskFiles.usual));
  CHECK(std::chrono::nanoseconds(usual.disk_age).count() == core::kDiskAge.usual);
  CHECK(std::cmp_equal(usual.disk_free_floor, core::kDiskFreeFloor.usual));
  std::ifstream header(LOOPTAPE_SOURCE_DIR "/probes/include/looptape/settings.h");
  std::string comment;
  std::size_t found = 0;
  for (std::string line; std::getline(header, line);) {
    for (const auto& limit : {core::kDiskBytes, core::kDiskFiles, core::kDiskAge, core::kDiskFreeFloor})
      if (has(line, std::string(" ") + limit.setting + " = ")) {
        INFO(comment);
        const std::string usual_text = core::setting_value_text(limit.range.measure, limit.usual);
        CHECK(has(comment, ": " + core::range_text(limit.range) + ".  Default: " + usual_text + "."));
        ++found;
      }
    comment = line;
  }
  CHECK(found == 4);
}

TEST_CASE("the setting that is suggested is the one that was meant, also by a part of its name") {
  const std::pair<const char*, const char*> cases[] = {
      {"BUDGT", "budget_bytes"},
      {"BUDGET", "budget_bytes"},
      {"BUDGET_SIZE", "budget_bytes"},
      {"THREADS", "max_threads"},
      {"MAX_THREDS", "max_threads"},
      {"INFLIGHT", "max_in_flight"},
      {"DISK", "disk_age"},
      {"FREE_FLOOR", "disk_free_floor"},
      {"AGE", "disk_age"},
      {"FILES", "disk_files"},
      {"WINDOW_SECONDS", "window"},
      {"WIDNOW", "window"},
      {"DEALY", "delay"},
      {"COOL_DOWN", "cooldown"},
      {"SLOW_LIMIT", "slow"},
      {"DIRECTORY", "directory"},
      {"DIRS", "directory"},
      {"REGION_DIR", "region_directory"},
      {"CLOKC", "clock"},
      {"USER_ID", "user_ids"},
      {"SIGNALS", "signal"},
      {"SERVICE_NAME", "service"},
      {"DUMP_ON_EXIT", "dump_at_exit"},
      {"STRCIT", "strict"},
      {"VERSOIN", "version"},
      {"OF", "off"},
      {"XYZZY", ""},
      {"FOO", ""},
      {"TEST", ""},
      {"SETINGS", ""},  // which no setting is
      {"", ""},
      {"HOME", ""},
  };
  for (const auto& [written, meant] : cases) {
    CAPTURE(written);
    CHECK(nearest_setting(written) == meant);
  }
  CHECK(nearest_variable("LOOPTAPE_SETINGS") == "LOOPTAPE_SETTINGS");
  CHECK(nearest_variable("LOOPTAPE_DIRS") == "LOOPTAPE_DIR");
  CHECK(nearest_variable("LOOPTAPE_FOO") == "");
  const Environment environment(Environment::Variables{{"LOOPTAPE_BUDGT", "8MiB"}, {"LOOPTAPE_XYZZY", "1"}});
  std::vector<std::string> remarks = resolve_settings(good()).remarks;
  std::sort(remarks.begin(), remarks.end());
  REQUIRE(remarks.size() == 2);
  CHECK(remarks[0] == "LOOPTAPE_BUDGT means nothing; the nearest setting is LOOPTAPE_BUDGET_BYTES");
  CHECK(remarks[1] == "LOOPTAPE_XYZZY means nothing");
}

TEST_CASE("a value that is nothing of the wanted kind is named with the range too") {
  struct Case {
    const char *name, *wanted, *range;
  };
  const char *const size = "a size such as 48MiB", *const duration = "a duration such as 600ms or 2s",
                    *const number = "a whole number";
  const Case cases[] = {
      {"BUDGET_BYTES", size, "4 MiB to 16 GiB"},
      {"DISK_BYTES", size, "0 (no limit) or 1 MiB to 1 PiB"},
      {"DISK_FREE_FLOOR", size, "0 to 1 PiB"},
      {"WINDOW", duration, "1 ms to 24 h"},
      {"DELAY", duration, "0 to 10 min"},
      {"COOLDOWN", duration, "0 to 24 h"},
      {"DISK_AGE", duration, "0 (no limit) to 3660 d"},
      {"MAX_THREADS", number, "1 to 4096"},
      {"MAX_IN_FLIGHT", number, "1 to 65000"},
      {"DISK_FILES", number, "1 to 1000000"},
      {"SLOW", "a list such as ask=600ms,judge=5s", "limits of 1 ns to 365 d"},
  };
  for (const Case& one : cases) {
    const std::string variable = std::string("LOOPTAPE_") + one.name;
    CHECK(problem_of(variable.c_str(), "?") ==
          variable + " is '?'; it must be " + one.wanted + "; allowed: " + one.range);
  }
}

TEST_CASE("a part of one is never taken for zero, which means no limit, by recorder and command alike") {
  for (const char* const age : {"500ms", "0.5 ns", "1ns"}) {
    CAPTURE(age);
    const Environment environment(Environment::Variables{{"LOOPTAPE_DISK_AGE", age}});
    const ResolvedSettings resolved = resolve_settings(good());
    CHECK(resolved.problems.empty());
    CHECK(resolved.settings.disk_age == std::chrono::seconds(1));
    std::int64_t ns = 0;
    CHECK(core::read_setting("LOOPTAPE_DISK_AGE", age, core::kDiskAge.range, &ns).empty());
    CHECK(ns > 0);
  }
  const std::string refused = "LOOPTAPE_DISK_BYTES is '0.5'; allowed: 0 (no limit) or 1 MiB to 1 PiB";
  CHECK(problem_of("LOOPTAPE_DISK_BYTES", "0.5") == refused);
  std::int64_t bytes = 7;
  CHECK(core::read_setting("LOOPTAPE_DISK_BYTES", "0.5", core::kDiskBytes.range, &bytes) == refused);
  CHECK(bytes == 7);
}

TEST_CASE("a kind of requests has one limit: a second one contradicts it, and is refused by the kind's name") {
  CHECK(problem_of("LOOPTAPE_SLOW", "ask=5ms, judge=1s, ask=6ms") ==
        "LOOPTAPE_SLOW is 'ask=5ms, judge=1s, ask=6ms'; allowed: one limit for a kind, and 'ask' has 5 ms and 6 ms");
  CHECK(problem_of("LOOPTAPE_SLOW", "=5ms,=6ms") ==
        "LOOPTAPE_SLOW is '=5ms,=6ms'; allowed: one limit for a kind, and all other kinds have 5 ms and 6 ms");
  Settings settings = good();
  settings.slow = {{"ask", std::chrono::seconds(1)}, {"", std::chrono::seconds(1)}, {"ask", std::chrono::seconds(1)}};
  CHECK(problem_of(settings) ==
        "setting slow is ask=1 s,ask=1 s; allowed: one limit for a kind, and 'ask' has 1 s and 1 s");
}

TEST_CASE("what is quoted of a setting can be printed, and is short") {
  CHECK(problem_of("LOOPTAPE_SERVICE", "a\x1b[31m").starts_with("LOOPTAPE_SERVICE is 'a\\x1b[31m'; allowed: "));
  const std::string hostile = "\x1b]0;\xff\r" + std::string(100'000, 'x');
  for (const char* const name : setting_names()) {
    if (std::string(name) == "version" || has(name, "directory")) continue;  // which take any text
    const std::string variable = core::variable_of(name), problem = problem_of(variable.c_str(), hostile.c_str());
    CAPTURE(problem);
    CHECK(problem.starts_with(variable + " is '\\x1b]0;\\xff\\rxxx"));
    CHECK(problem.size() < 500);
  }
  Settings settings = good();
  settings.service = hostile;
  CHECK(problem_of(settings).size() < 500);
  settings = good();
  settings.slow = {{hostile, std::chrono::nanoseconds(0)}};
  CHECK(problem_of(settings).size() < 500);
}

TEST_CASE("of thousands of variables that mean nothing a few are named, and the rest counted") {
  Environment::Variables variables = {{"LOOPTAPE_" + std::string(50'000, 'X') + "\x1b", "1"}};
  for (int i = 0; i < 3000; ++i) variables.emplace("LOOPTAPE_X" + std::to_string(i), "1");
  const Environment environment(variables);
  const std::vector<std::string> remarks = resolve_settings(good()).remarks;
  CHECK(remarks.size() == 11);
  for (const std::string& remark : remarks) CHECK(remark.size() < 500);
  CHECK(remarks.back() == "2991 more LOOPTAPE_* variables mean nothing");
}
