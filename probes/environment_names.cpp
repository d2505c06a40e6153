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
#include "core/visible_text.h"
#include "probes/settings_table.h"

namespace looptape {
namespace {

constexpr std::size_t kCompared = 64;     // of a name, which anybody may have made long
constexpr std::size_t kMostRemarks = 10;  // lines; an environment may hold thousands of names

std::string lower(std::string_view name) {
  std::string result(name);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Of `names` and what their variables are called.
template <class Names>
std::string nearest_of(const Names& names, std::string_view written) {
  const std::string compared = lower(written.substr(0, kCompared));
  std::string nearest;
  std::optional<std::size_t> least;
  const auto offer = [&](std::string_view name, std::string_view known) {
    const auto far = core::remoteness(compared, name);
    if (!far || (least && *far >= *least)) return;
    nearest = known, least = far;
  };
  for (const std::string_view known : names) {
    offer(known, known);
    offer(lower(core::variable_of(known).substr(core::kVariablePrefix.size())), known);
  }
  return nearest;
}

}  // namespace

std::string nearest_setting(std::string_view name) { return nearest_of(setting_names(), name); }

std::string nearest_variable(std::string_view name) {
  std::vector<const char*> names = {kSettingsFile};
  names.insert(names.end(), setting_names().begin(), setting_names().end());
  const std::string nearest = nearest_of(names, name.substr(std::min(name.size(), core::kVariablePrefix.size())));
  return nearest.empty() ? nearest : core::variable_of(nearest);
}

std::vector<std::string> unknown_variables() {
  std::vector<std::string> known = {core::variable_of(kSettingsFile)};
  for (const char* const name : setting_names()) known.push_back(core::variable_of(name));
  std::vector<std::string> unknown;
  std::size_t more = 0;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view whole = *entry;
    const std::string name(whole.substr(0, whole.find('=')));
    if (!name.starts_with(core::kVariablePrefix) || ::secure_getenv(name.c_str()) == nullptr) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (unknown.size() == kMostRemarks) {
      ++more;
      continue;
    }
    const std::string nearest = nearest_variable(name);
    unknown.push_back(core::excerpt(name) + " means nothing");
    if (!nearest.empty()) unknown.back() += "; the nearest setting is " + nearest;
  }
  if (more != 0) unknown.push_back(std::to_string(more) + " more LOOPTAPE_* variables mean nothing");
  return unknown;
}

}  // namespace looptape
