// Which LOOPTAPE_* variables there are: see environment_names.h.
#include "probes/environment_names.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string_view>
#include <utility>

#include "core/setting_range.h"

namespace looptape {
namespace {

constexpr std::string_view kSettingsFile = "LOOPTAPE_SETTINGS";

constexpr const char* kNames[] = {
    "off",         "service",       "version",    "directory", "region_directory", "budget_bytes", "window",
    "max_threads", "max_in_flight", "clock",      "user_ids",  "signal",           "slow",         "delay",
    "cooldown",    "disk_bytes",    "disk_files", "disk_age",  "disk_free_floor",  "dump_at_exit", "strict"};

// How many letters must be put in, taken out or changed to make one of the other (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i] != to[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const char* const> setting_names() { return kNames; }

std::vector<std::string> unknown_variables() {
  std::vector<std::string> known = {std::string(kSettingsFile)};
  for (const char* const name : kNames) known.push_back(core::variable_of(name));
  std::vector<std::string> unknown;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view whole = *entry;
    const std::string name(whole.substr(0, whole.find('=')));
    if (!name.starts_with(core::kVariablePrefix) || ::secure_getenv(name.c_str()) == nullptr) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto nearest = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
      return distance(name, a) < distance(name, b);
    });
    unknown.push_back(name + " means nothing; the nearest setting is " + *nearest);
  }
  return unknown;
}

}  // namespace looptape
