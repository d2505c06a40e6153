// What tapes are called: <utc>-<host>-<pid>-<n>-<trigger>.tape, as in 20261124T033127Z-web1-4242-3-SIGUSR2.tape
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace looptape::dump {

struct TapeName {
  std::int64_t seconds = 0;  // since 1970, UTC
  std::string host;
  std::uint64_t pid = 0, n = 0;  // n: of the process's dumps
  std::string trigger;
  bool operator==(const TapeName&) const = default;
};

// Characters that do not belong in a file's name (and '-' in the trigger) become '_'; long parts are cut.
std::string tape_file_name(const TapeName& name);
// The parts of a name that tape_file_name() could have made.
std::optional<TapeName> parse_tape_file_name(std::string_view file_name);
// Of the temporary file that DurableFile::create() makes for such a name.
std::optional<TapeName> parse_temporary_name(std::string_view file_name);

}  // namespace looptape::dump
