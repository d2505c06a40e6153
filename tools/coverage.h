// What a view is based on: the requests seen, the time covered, what is missing and why.
//
// Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/request_view.h"
#include "tools/trace_set.h"

namespace looptape::tools {

// Records that are missing, by reason; exact.
struct LostRecords {
  std::uint64_t overwritten = 0;  // recycled: normal life of a ring
  std::uint64_t recycled_while_read = 0;
  std::uint64_t rejected = 0;    // contradicted the format
  std::uint64_t damaged = 0;     // in damaged messages of a file
  std::uint64_t dropped = 0;     // no room to record them
  std::uint64_t attributes = 0;  // of stages that are there
};

struct CoveredTime {
  std::int64_t since_wall_ns = 0, until_wall_ns = 0;
};

struct Coverage {
  std::uint64_t processes = 0, recordings = 0;
  std::uint64_t requests = 0;       // seen by the view
  std::uint64_t running = 0;        // of them not ended yet
  std::uint64_t incomplete = 0;     // of them without their own record
  std::uint64_t partial = 0;        // of them begun before everything is there
  std::uint64_t ended_in_copy = 0;  // of them running when the copy was begun, ended when it was done
  std::uint64_t left_out = 0;       // requests the view's own conditions left out
  LostRecords lost;
  std::array<std::uint64_t, core::kLossCount> losses{};  // the recorders' own counters, summed
  std::vector<CoveredTime> covered;                      // ascending per process
  std::vector<std::string> damage;                       // "FILE: byte 4096: …", one each
  std::uint64_t damaged_regions = 0;                     // recordings of regions of which a part could not be read
  std::uint64_t unclosed = 0;                            // recordings that end before saying what they cover

  // What stood in a damaged region nobody can count, nor what came after the end of a tape that is cut short; what a
  // whole tape lost in a damaged message its closing tells.
  bool unknown_losses() const { return unclosed != 0 || damaged_regions != 0; }
};

Coverage coverage_of(const TraceSet& set);
// Adds what the view itself counted while it read.
void add_counted(Coverage& coverage, const Coverage& counted);
// Counts a request as one that the view is based on.
void count_request(Coverage& coverage, const RequestHead& head);
// What to say when nothing of the time from `since` up to `until` is covered, so that nothing seen means nothing;
// empty: some of it is, or no time was asked for.
std::string outside_text(const Coverage& coverage, std::optional<std::int64_t> since_wall_ns,
                         std::optional<std::int64_t> until_wall_ns);
// "coverage: 312 requests (2 still running) of 1 process in 1 recording; complete 2026-11-24T14:05:01.200Z to …"
std::string coverage_line(const Coverage& coverage);

// Figures of one recording that no single field of it holds.
struct RecordingCounts {
  std::optional<std::int64_t> reach_ns;  // how far back it is complete; nothing when it is cut short
  bool ends_at_damage = false;           // it would reach further without what damage took
  std::uint64_t threads = 0, requests = 0;
  std::uint64_t attributes = 0;  // the application's own, without those that say whose a request is
};
RecordingCounts counts_of(const Trace& trace, const Recording& recording);

// A counter of losses in the field's words: its key in JSON and what it means.
struct LossText {
  std::string_view key, meaning;
};
const LossText& loss_text(core::Loss loss);
std::string_view trigger_name(dump::TriggerKind kind);  // "slow_request"

}  // namespace looptape::tools
