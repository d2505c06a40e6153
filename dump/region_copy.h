// A consistent copy of what a region holds, whoever took it: the input of the assembler.
//
// Plain data, owned by whoever holds it; no threads, no I/O.  Sources: the snapshot inside the process, and the
// reader from outside (region_reader.h).  Whoever fills one keeps this order, which the decoder's rules rest on:
// first `snapshot_tick`, then the slots with their open stacks and the in-flight table, then the chunks (those that
// were closed before may be copied earlier), open chunks last, then the names.  So everything that ended before
// `snapshot_tick` is in the chunks, a stage that is both in a stack and in a chunk has finished, and every name
// a record uses is there.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dump/chunk_copy.h"
#include "dump/rows.h"

namespace looptape::dump {

// An entry of an open-stage stack; start 0 = closed.  Its index is its depth.
struct OpenEntry {
  std::uint64_t start = 0, meta = 0;
};

// A thread slot: who records on this stream, and what it has open.
struct SlotCopy {
  std::uint16_t stream = 0;  // index of the slot
  core::SlotState state = core::SlotState::kFree;
  std::uint64_t tid = 0, ordinal = 0;
  std::array<std::uint64_t, 2> name{};
  std::uint64_t name_flags = 0;
  std::uint64_t chunk = 0, sequence = 0, abandoned = 0;
  std::uint64_t lost_records = 0, lost_bytes = 0, shortfalls = 0, dropped = 0, took = 0;
  std::uint64_t closed_records = 0, closed_bytes = 0;  // of a dead process only: no longer true of a living one
  // Its newest chunk was not there any more when that was looked for after the stacks: an earlier copy of it that is
  // not closed may lack its end.
  bool newest_gone = false;
  std::vector<OpenEntry> open;  // up to the deepest open one
};

// An entry of the in-flight table, as it stands in the region.
struct FlightCopy {
  std::array<std::uint64_t, core::flight::kWords> words{};
};

struct RegionCopy {
  std::array<std::uint64_t, core::header::kHeaderWords> header{};
  std::vector<Name> names;
  std::vector<SlotCopy> slots;      // those that were ever leased
  std::vector<FlightCopy> flights;  // those in use
  ChunkCopies chunks;
  std::uint64_t snapshot_tick = 0;  // 0: the process is dead, the newest thing recorded counts
  Anchor fresh;                     // taken with the copy; tick 0: none, the region's own last one counts
  bool alive = false;               // the process ran when the copy was taken
  std::uint64_t missing_from = 0;   // offset in the region from which on there was nothing to copy; 0: all was there

  std::uint64_t word(std::size_t index) const { return header[index]; }
};

// The process, the counters and the requests in flight, as a copy's words tell them.
Process process_of(const RegionCopy& copy);
Counters counters_of(const RegionCopy& copy);
OpenRequest request_of(const FlightCopy& flight);

// Text from zero-padded words; at most `bytes` of them, cut at the first zero byte when `zero_ends`.
std::string text_of(const std::uint64_t* words, std::size_t bytes, bool zero_ends);

}  // namespace looptape::dump
