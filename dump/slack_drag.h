// Slack and drag of the stages of one request: what it would have meant for the request had a stage taken longer, or
// less.
//
// A pure function on integers; callable from any thread; it never fails and never looks at a clock.
//
// The terms are those of the critical path method: slack is its total float; drag is what Devaux called so.  Both are
// of one stage alone, all others being as they were.
//
// The model of who waited for whom.  It is read off the times, since nothing else was recorded:
//
//   * A stage begins after its parent began and after all its siblings that had ended by its start.  What lay
//     between the latest of these and its start, the lag, stays as long as it was.
//   * A parent ends after all its children; what lay between the last end and its own, the tail, stays as it was.
//   * A stage without children takes as long as it took.
//   * Children are clipped to their parent.  What is then of length zero waits for nothing and delays nothing.
//
// So with slack and drag of a stage known, any other change of it is:
//
//   longer by x: the request takes max(0, x − slack) longer        shorter by x: it takes min(x, drag) less
//
// Example: retrieve 0-90 and rerank 80-100 under a request 0-100.  Retrieve has slack 10 and drag 0, rerank slack 0 and
// drag 10: 20 less there save 10, since retrieve then ends last.
//
// What the model cannot know: that a stage would have started earlier or later for a reason outside the request (a
// lock, a queue, a busy CPU), and that siblings which happened to follow each other did not wait for each other.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dump/critical_path.h"

namespace looptape::dump {

// In nanoseconds, by stage.  A stage that is not below the request, or of length zero in it, has 0 of both.
//
// The request has no slack, and its duration as drag.  A stage has at least the slack and at most the drag of its
// parent; one with slack has no drag (not the other way round: of two that begin and end together neither has either).
// Drag is never more than the stage's part of the critical path, that of all stages below it included.
struct SlackDrag {
  // How much later it could have ended without the request ending later.
  std::vector<std::int64_t> slack;
  // How much sooner the request would have ended, had the stage and all below it taken no time.
  std::vector<std::int64_t> drag;
};

// `stages[0]` is the request itself.  Exact, in O(n log n) for n stages of any nesting.
SlackDrag slack_and_drag(std::span<const PathStage> stages);

}  // namespace looptape::dump
