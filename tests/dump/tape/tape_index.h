// Reads a tape's index, as others may who want a part of it; Looptape's own reader goes by what the messages say.
#pragma once

#include <cstdint>
#include <vector>

#include "dump/tape_io.h"

namespace looptape::dump::test {

// Where the messages of a tape lie, found from the end of the file.
struct TapeIndex {
  struct Entry {
    std::uint64_t offset = 0, bytes = 0;
    std::uint16_t kind = 0;  // tape::Kind
    std::uint16_t stream = 0;
    std::uint32_t rows = 0;
    std::uint64_t first_tick = 0, last_tick = 0;
  };
  bool complete = false;
  std::vector<Entry> entries;
};
// False when there is none to be found.
bool read_tape_index(ByteSource& source, TapeIndex& index);

}  // namespace looptape::dump::test
