// Turns the copy of a region into rows: who worked on what, from when to when, and what is missing.
//
// One thread; no I/O of its own.  The copy may come from anywhere and is not trusted: what contradicts the format is
// rejected, named and counted, and the rest is kept.  Memory: one chunk's rows at a time, plus the stages that
// ended away from the thread that began them.
//
// Rules
//   1. A stream's chunks are read in sequence.
//   2. The current request is the keyframe's, then what context records say.
//   3. An attribute waits at its depth until the stage of that depth ends there (stage, long or detach record);
//      that stage takes at most as many as it counts, the latest ones.  Lost = counted − taken.  A new tenant of the
//      stream ends all waiting.
//   4. Over a gap an attribute waits on only if the next keyframe shows the stage of that depth open since before
//      the gap, and the same tenant.
//   5. start = base + end − duration.  A stage's parent is left to views: (stream, start, depth) tell it.
//   6. Detach, elsewhere and long records of one stage meet on (origin stream, start).
//   7. Stacks were copied before the chunks, so a stage in both has finished.
//   8. Records lost in a gap = the next keyframe's count − (the last one's count + records read).
#pragma once

#include "dump/region_copy.h"
#include "dump/rows.h"

namespace looptape::dump {

// Delivers the whole copy to `sink`: opening, blocks, closing, and damage as it is found.  Stages that ended on
// another thread than the one that began them come in blocks after all others.
void assemble(const RegionCopy& copy, const Trigger& trigger, Sink& sink);

}  // namespace looptape::dump
