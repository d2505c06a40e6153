// The signal that asks for a dump.
//
// install/remove: ordinary threads.  The handler posts to the trigger queue and nothing else; a function that was
// installed before it is called afterwards, the default action never is.
#pragma once

#include <string>

namespace looptape {

// False: *problem says why.
bool install_trigger_signal(int signal, std::string* problem);
// Puts back what was there, unless somebody else has installed a handler since.
void remove_trigger_signal();

}  // namespace looptape
