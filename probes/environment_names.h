// Which LOOPTAPE_* variables there are, and which of the environment's are none of them.
//
// At start only, ordinary threads; reads the environment (never of a set-user-id program).
#pragma once

#include <span>
#include <string>
#include <vector>

namespace looptape {

// Names of the settings, as a file of them spells them.
std::span<const char* const> setting_names();
// One line for each LOOPTAPE_* variable that means nothing, with the known name that is nearest to it.
std::vector<std::string> unknown_variables();

}  // namespace looptape
