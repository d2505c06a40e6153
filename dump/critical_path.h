// Critical path of one request: every instant of it is attributed to exactly one of its stages.
//
// A pure function on integers; callable from any thread; it never fails and never looks at a clock.
//
// The rule.  From the end of a stage backwards, take the child that ended last at or before the current
// instant (ties: later start, then the one recorded first), attribute its time to it by the same rule, and go on
// at its start.  What stays uncovered goes first to a sibling that was running then (ties again: later
// start, then the one recorded first), clipped to what is uncovered, else to the stage itself.  Children are clipped to
// what their parent is given.  So the parts always sum to the duration of the request, exactly.
//
// Example: retrieve 0-90 and rerank 80-100 under a request 0-100 give rerank 20, retrieve 80, request 0.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace looptape::dump {

inline constexpr std::uint32_t kNoStage = 0xffff'ffff;

// One stage as the analysis sees it.  Order in the span is the order of recording.
struct PathStage {
  std::int64_t start = 0, end = 0;  // nanoseconds; an end before the start counts as a length of zero
  std::uint32_t parent = kNoStage;  // index in the same span
};

// A stretch of time and the one stage it is attributed to.
struct PathSegment {
  std::int64_t start = 0, end = 0;
  std::uint32_t stage = kNoStage;
  bool operator==(const PathSegment&) const = default;
};

struct CriticalPath {
  std::vector<PathSegment> segments;   // ascending, without gaps or overlaps: exactly the root's interval
  std::vector<std::int64_t> critical;  // per stage: its part of the root's duration; they sum to it
  std::vector<std::int64_t> self;      // per stage: its own interval less what its children cover of it
};

// `stages[0]` is the request itself.  A stage that is not below it (a parent out of range, a circle of
// parents) gets a critical time of zero.  Takes O(n log n) for n stages of bounded nesting.
CriticalPath critical_path(std::span<const PathStage> stages);

}  // namespace looptape::dump
