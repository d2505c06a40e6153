// Which LOOPTAPE_* variables there are, and which of the environment's are none of them.
//
// At start only, ordinary threads; reads the environment (never of a set-user-id program).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace looptape {

inline constexpr const char* kSettingsFile = "settings";  // LOOPTAPE_SETTINGS names a file of them; in no file itself

// The name of the setting that somebody may have meant who wrote `name` of one, with or without capitals and perhaps a
// part of it only.  Empty: it is like none.
std::string nearest_setting(std::string_view name);
// The variable that somebody may have meant who wrote `name` of one, LOOPTAPE_SETTINGS too; empty: it is like none.
std::string nearest_variable(std::string_view name);
// A line for each LOOPTAPE_* variable that means nothing, with the variable that is nearest to it, if any is near; of
// very many, one line for the rest.
std::vector<std::string> unknown_variables();

}  // namespace looptape
