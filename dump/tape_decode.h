// One message's columns back into rows: the part of the tape reader that knows the schema.
//
// For tape_reader.cpp; one thread.  Takes nothing on trust: whatever points somewhere is
// checked before a row is handed on, sizes are checked before memory is taken.  Throws nothing; a message
// that contradicts the schema or itself is named in one line.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dump/rows.h"

namespace looptape::dump::tape {

// More than any recorder has; keeps a hostile file from taking memory.
inline constexpr std::size_t kMaxNames = 65536;
inline constexpr std::size_t kMaxOpenStages = std::size_t{1} << 20;
inline constexpr std::size_t kMaxOpenRequests = std::size_t{1} << 18;
inline constexpr std::size_t kMaxStreams = 65536;
inline constexpr std::size_t kMaxOwners = std::size_t{1} << 20;
inline constexpr std::size_t kMaxGaps = std::size_t{1} << 20;
inline constexpr std::uint32_t kMaxParts = 4096;

using Words = std::span<const std::uint64_t>;  // of a whole message whose checksum was right

// One part of the opening; its sites are checked against name_count.
struct OpeningPart {
  std::uint32_t part = 0, parts = 0, name_count = 0, first_name = 0;
  bool spare = false;
  Opening opening;
};

// What a block's message says beside its rows.
struct BlockTotals {
  std::uint64_t rows_before = 0, bytes_before = 0, last_before = 0;  // of its stream
  std::uint64_t last_tick = 0;
};

struct Tail {
  std::uint16_t stream = 0;
  std::uint64_t rows = 0, bytes = 0, last = 0;
};

struct ClosingPart {
  std::uint32_t part = 0, parts = 0;
  Closing closing;
  std::vector<bool> continued;  // of closing.streams: goes on with the stream before it
  std::vector<Tail> tails;
};

// Each returns what is wrong, or nothing.  `names` is how many names there are.
std::string decode_opening(Words message, OpeningPart& part);
std::string decode_block(Words message, std::size_t names, Block& block, BlockTotals& totals);
std::string decode_closing(Words message, ClosingPart& part);

}  // namespace looptape::dump::tape
