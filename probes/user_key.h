// The key that a service's user ids are hashed with, kept so that hashes stay comparable.
//
// At start only, ordinary threads; does I/O.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace looptape {

// The key that user ids are hashed with, kept in `directory` so that hashes stay comparable; a fresh one when it cannot
// be kept (*problem says so).  None: the system gives no random bytes (*problem says so).
std::optional<std::array<std::uint64_t, 2>> user_key(const std::string& directory, std::string* problem);

}  // namespace looptape
