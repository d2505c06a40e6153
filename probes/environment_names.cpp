// Which LOOPTAPE_* variables there are: see environment_names.h.
#include "probes/environment_names.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "core/likeness.h"
#include "core/setting_range.h"
#include "probes/settings_table.h"

namespace looptape {
namespace {

constexpr std::string_view kSettingsFile = "settings";  // names a file of them; in no file itself

constexpr std::size_t kCompared = 64;  // of a name, which anybody may have made long

}  // namespace

std::string nearest_setting(std::string_view name) {
  std::string written(name.substr(0, kCompared));
  for (char& c : written) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string nearest;
  std::optional<std::size_t> least;
  const auto offer = [&](std::string_view known) {
    const auto far = core::remoteness(written, known);
    if (!far || (least && *far >= *least)) return;
    nearest = known, least = far;
  };
  offer(kSettingsFile);
  for (const char* const known : setting_names()) offer(known);
  return nearest;
}

std::vector<std::string> unknown_variables() {
  std::vector<std::string> known = {core::variable_of(kSettingsFile)};
  for (const char* const name : setting_names()) known.push_back(core::variable_of(name));
  std::vector<std::string> unknown;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view whole = *entry;
    const std::string name(whole.substr(0, whole.find('=')));
    if (!name.starts_with(core::kVariablePrefix) || ::secure_getenv(name.c_str()) == nullptr) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string nearest = nearest_setting(std::string_view(name).substr(core::kVariablePrefix.size()));
    unknown.push_back(name + " means nothing");
    if (!nearest.empty()) unknown.back() += "; the nearest setting is " + core::variable_of(nearest);
  }
  return unknown;
}

}  // namespace looptape
