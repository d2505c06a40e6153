// The signal that asks for a dump.
//
// install/remove: ordinary threads.  The handler posts to the trigger queue and nothing else; a function that was
// installed before it is called afterwards, the default action never is.
#pragma once

#include <string>

namespace looptape {

// False: *problem says why.
bool install_trigger_signal(int signal, std::string* problem);
// Whether somebody may still send the signal in the belief that a recorder hears it.
enum class LateSignal : bool { kNone, kExpected };
// Puts back what was there, unless somebody else has installed a handler since.  The default action, which would end
// the process, is put back only when no late signal is expected; else a handler stays that does nothing.
void remove_trigger_signal(LateSignal late);

}  // namespace looptape
