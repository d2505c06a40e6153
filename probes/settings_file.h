// The file that LOOPTAPE_SETTINGS names, as text.
//
// At start only, ordinary threads; reads one file.  Whatever is named, it never waits and never reads more than
// kSettingsFileBytes: a host starts all the same.
#pragma once

#include <cstddef>
#include <string>

namespace looptape {

inline constexpr std::size_t kSettingsFileBytes = std::size_t{1} << 20;

// Empty: *text is what the file holds; else why it cannot be had: what, where, and what to do.
std::string read_settings_file(const char* path, std::string* text);

}  // namespace looptape
