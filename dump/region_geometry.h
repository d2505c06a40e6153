// Where things are in a region, believed only after a check against the file that holds it.
//
// Pure; any thread.  A region may be hostile: every offset and count is checked to lie inside the file, and to be no
// larger than any recorder makes them, before anyone reads or allocates by them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "looptape/core/layout.h"

namespace looptape::dump {

using HeaderWords = std::array<std::uint64_t, core::header::kHeaderWords>;

enum class RegionFault {
  kNone,
  kCannotOpen,  // no such file, no permission, not a regular file
  kNotARegion,
  kOtherLayout,  // another major version or byte order
  kNotReady,     // its process is still setting it up, or died while it did
  kUnrecorded,   // a notice: its process does not record, and says why
  kDamaged,      // cut short, or its header contradicts itself
  kCannotRead,   // the system refused
  kNoMemory,
};

struct RegionError {
  RegionFault fault = RegionFault::kNone;
  std::string text;  // one line, without the path
  explicit operator bool() const { return fault != RegionFault::kNone; }
};

// A table or pool: `count` entries of `bytes` from `offset`.
struct Extent {
  std::uint64_t offset = 0, count = 0, bytes = 0;
  std::uint64_t total() const { return count * bytes; }
  std::uint64_t at(std::uint64_t index) const { return offset + index * bytes; }
};

struct Geometry {
  Extent names, slots, flights, chunks;  // chunks: of the events pool
  std::uint64_t cut_at = 0;              // bytes of the file when that is shorter than the region; 0: it is not
};

// Fills `*geometry` from a header in a file of `file_bytes`.  Of a region that is cut short: what is wholly in the
// file, and a last chunk of which the head is.
RegionError check_header(const HeaderWords& header, std::uint64_t file_bytes, Geometry* geometry);

}  // namespace looptape::dump
