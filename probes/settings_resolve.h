// Settings as they count: the program's, then a file's, then the environment's, each checked.
//
// At start only, ordinary threads; reads one file and the environment (never of a set-user-id program).
#pragma once

#include <string>
#include <vector>

#include "looptape/recorder.h"

namespace looptape {

struct ResolvedSettings {
  Settings settings;
  bool off = false;                   // LOOPTAPE_OFF: asked not to record
  std::vector<std::string> problems;  // each names a setting, its value and the range
  std::vector<std::string> remarks;   // to be said; no reason not to record
};

// Overlays LOOPTAPE_SETTINGS (a file of `name = value` lines, '#' at a line's start or after a blank begins a comment)
// and LOOPTAPE_<NAME> on `settings`.
ResolvedSettings resolve_settings(Settings settings);

}  // namespace looptape
