// What lies in a directory of dumps after something went wrong: whole tapes, and what does not belong there.
//
// Ordinary threads; throws when a tape is not whole.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "dump/tape_reader.h"
#include "tests/dump/decode/recording_builder.h"

namespace looptape::dump::testing {

struct WholeTapes {
  std::vector<std::uint64_t> stages;  // of each tape
  std::vector<std::string> others;    // names of what is no tape
};

inline WholeTapes whole_tapes(const std::string& directory) {
  WholeTapes found;
  if (!std::filesystem::exists(directory)) return found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string path = entry.path().string();
    if (entry.path().extension() != ".tape") {
      found.others.push_back(path);
      continue;
    }
    FileSource file;
    if (const IoError error = file.open(path)) throw std::runtime_error(error.what);
    Rows rows;
    const TapeResult result = read_tape(file, rows);
    if (!result.ok() || result.damages != 0 || rows.close.rebuilt) throw std::runtime_error(path + " is not whole");
    found.stages.push_back(rows.stages.size());
  }
  return found;
}

}  // namespace looptape::dump::testing
