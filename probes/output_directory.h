// The service's directory: made, checked, and the key of its user ids.
//
// At start only, ordinary threads; does I/O.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace looptape {

// Makes `path` and its parents (0700); empty on success, else what is wrong with it: not ours, a link, open to others.
std::string prepare_output_directory(const std::string& path);

// The key that user ids are hashed with, kept in `directory` so that hashes stay comparable; a fresh one when it cannot
// be kept (*problem says so).
std::array<std::uint64_t, 2> user_key(const std::string& directory, std::string* problem);

}  // namespace looptape
