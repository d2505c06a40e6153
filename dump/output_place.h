// Where a recorder's dumps go: the wanted directory, or the first other one that is safe and can be used.
//
// At start only, ordinary threads; makes directories.
#pragma once

#include <string>

namespace looptape::dump {

// The directory of `service` in `wanted`, or when that is unsafe (open to others, somebody else's, a link) or cannot be
// made, in the user's state directory, or in a private one under /tmp; empty: none.  *problem says what was wrong.
std::string output_place(const std::string& wanted, const std::string& service, std::string* problem);

}  // namespace looptape::dump
