// Where recordings are kept when nobody says where: the one rule of recorders and of the command.
//
// Ordinary threads; reads the environment (not of a set-user-id program) and the user's entry.
#pragma once

#include <string>

namespace looptape::core {

// ${XDG_STATE_HOME:-~/.local/state}/looptape; without a home, private_directory_in_tmp().
std::string state_directory();
// /tmp/looptape-UID
std::string private_directory_in_tmp();

}  // namespace looptape::core
