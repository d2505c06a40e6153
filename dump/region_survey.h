// What the chunk copies of a region hold, before any row is made of them: every record checked, chunks put in
// order by stream, missing stretches found and counted, and who is still open.
//
// One thread; no I/O.  Everything in a copy is untrusted: each record's type, length, depth, names, stream numbers
// and times are checked here once, and only what passed is offered to the assembler, which then reads
// without looking.  Work and memory are bounded by the size of the copy.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dump/region_copy.h"

namespace looptape::dump {

// (stream, start) of a stage.
struct StageIdentity {
  std::uint64_t start = 0;
  std::uint16_t stream = 0;
  auto operator<=>(const StageIdentity&) const = default;  // NOLINT(modernize-use-nullptr): the comparison with 0 in it
};

// A chunk whose first `good` bytes are records that can be read without further checks.
struct CheckedChunk {
  const std::uint64_t* words = nullptr;
  std::uint64_t offset = 0;    // in the region
  std::size_t good = 0;        // bytes, keyframe included
  std::size_t committed = 0;   // bytes copied; more than `good`: the rest was rejected
  std::uint64_t records = 0;   // in the good part
  std::uint64_t last_end = 0;  // of the good part's records; the base when it has none
  std::optional<Gap> gap;      // what is missing between the chunk before this one and this one

  std::uint64_t word(std::size_t index) const { return words[index]; }
  std::size_t depth() const { return core::keyframe_depth(words[core::chunk::kDepth]); }
  std::size_t first() const { return core::keyframe_bytes(depth()); }
  std::uint64_t sequence() const { return words[core::chunk::kSequence]; }
  // It was closed, and all of it is here.
  bool whole() const {
    return good == committed && words[core::chunk::kLast] != 0 &&
           words[core::chunk::kClosedRecords] == words[core::chunk::kRecords] + records;
  }
  // Tick up to which the stream is known to be as this chunk tells: its close if all of it is here.
  std::uint64_t known_until() const { return whole() ? words[core::chunk::kLast] : last_end; }
};

struct SurveyedStream {
  std::uint16_t id = 0;
  const SlotCopy* slot = nullptr;    // null: the slot had never been leased when the stacks were copied
  std::vector<CheckedChunk> chunks;  // in sequence
  std::optional<Gap> tail;           // missing after the last chunk
  std::vector<OpenEntry> open;       // by depth: the slot's stack minus what its own records say has left it
};

struct Survey {
  std::vector<SurveyedStream> streams;  // by id; those with a slot or a chunk
  std::vector<OpenStage> open_stages;   // still running, detached ones included
  std::vector<OpenRequest> open_requests;
  std::vector<StageIdentity> attributes_elsewhere;  // the stage of each attribute set from elsewhere, sorted
  std::vector<Damage> damage;
  std::uint64_t newest = 0;  // tick of the newest thing recorded
};

// The copy must outlive the survey.
Survey survey_region(const RegionCopy& copy);

}  // namespace looptape::dump
