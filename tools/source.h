// What a SOURCE argument names: resolves paths, directories, pid:1234 and the default directories to single
// tapes and regions.
//
// Looks at file names, types and first bytes only; never follows anything found inside a file.
// Ordinary threads; throws nothing of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptape::tools {

struct Source {
  enum class Kind { kTape, kRegion, kProcess };
  Kind kind = Kind::kTape;
  std::string path;       // of a tape or a region
  std::uint64_t pid = 0;  // of a process
  std::string shown;      // as messages call it
};

struct Sources {
  std::vector<Source> found;
  std::vector<std::string> problems;  // one line each: data that is not there
  std::vector<std::string> misuses;   // one line each: arguments that cannot be meant
};

// Without arguments: the default directory.
Sources resolve_sources(const std::vector<std::string>& arguments);

// A number a process can have; nothing otherwise.
std::optional<std::uint64_t> parse_process_id(std::string_view text);

// ${LOOPTAPE_DIR:-${XDG_STATE_HOME:-~/.local/state}/looptape}
std::string default_directory();

// Whether an argument has the form of a source rather than of a request id: it has a slash, ends in .tape,
// begins with pid:, or names something that exists.
bool looks_like_source(std::string_view argument);

}  // namespace looptape::tools
