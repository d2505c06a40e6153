// Which LOOPTAPE_* variables there are, and which of the environment's are none of them.
//
// At start only, ordinary threads; reads the environment (never of a set-user-id program).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace looptape {

// The name of the setting, or "settings", that somebody may have meant who wrote `name` of one, with or without
// capitals and perhaps a part of it only.  Empty: it is like none.
std::string nearest_setting(std::string_view name);
// One line for each LOOPTAPE_* variable that means nothing, with the known name that is nearest to it, if any is near.
std::vector<std::string> unknown_variables();

}  // namespace looptape
