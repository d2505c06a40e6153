// Settings as they count: the program's, then a file's, then the environment's, each checked.
//
// At start only, ordinary threads; reads one file and the environment (never of a set-user-id program).
#pragma once

#include "probes/settings_table.h"

namespace looptape {

// Overlays LOOPTAPE_SETTINGS (a file of `name = value` lines, '#' at a line's start or after a blank begins a comment)
// and LOOPTAPE_<NAME> on `settings`.
ResolvedSettings resolve_settings(Settings settings);

}  // namespace looptape
