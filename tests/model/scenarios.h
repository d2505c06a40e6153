// The situations the model check explores: each runs production code once as the writer, then lets a reader observe
// everything the memory model permits, and names the first property that broke.
//
// Tests only.  The bounds stand beside each scenario and, together, in core/PROTOCOL.md.
#pragma once

#include "tests/model/checker.h"

namespace looptape::model {

// The properties, as they are reported.
namespace property {
inline constexpr char kOneLife[] = "a copied chunk holds the words of one life only";
inline constexpr char kWholeRecords[] = "a copied chunk ends after a whole record";
inline constexpr char kNeverBroken[] = "no reader finds a committed length that no writer wrote";
inline constexpr char kAccounting[] = "what was read, overwritten and rejected adds up to what was written";
inline constexpr char kChunkReady[] = "a slot points to a chunk that is ready";
inline constexpr char kOwnMeta[] = "an open stage is never paired with another stage's meta";
inline constexpr char kOpenOrFinished[] = "a stage whose begin was visible is open or finished, never neither";
inline constexpr char kOneRequest[] = "an in-flight entry never mixes two requests";
inline constexpr char kWholeName[] = "a name that is there is whole";
inline constexpr char kNameThere[] = "who sees a record finds its name";
inline constexpr char kOneAnchor[] = "the words of a clock anchor belong together";
}  // namespace property

// Two lives of one chunk, every word of the keyframe different, one open stage, one record each.
Outcome two_lives_all_words(Mutant mutant);
// Three lives of one chunk, two records each, a third of the keyframe different at a time.
Outcome three_lives(Mutant mutant);
// Two chunks filled in turn for three lives each, two records each; the reader copies both and counts.
Outcome accounting(Mutant mutant);
// One slot that points to two chunks in turn.
Outcome slot_points_to_chunk(Mutant mutant);
// Three stages one after the other in the same entry of an open stack.
Outcome open_stages(Mutant mutant);
// Stages nested two deep that end while the reader copies first the open stack, then the chunk.
Outcome open_or_finished(Mutant mutant);
// Three requests in the same entry, each from another thread, six words of 31 different at a time.
Outcome requests_in_flight(Mutant mutant);
// One name of 112 bytes, published once.
Outcome one_name(Mutant mutant);
// Two threads at one call site; the second records with the id that the first registered.
Outcome name_of_anothers_site(Mutant mutant);
// Two threads that register one name; the first is stopped in the middle.
Outcome name_found_half_registered(Mutant mutant);
// Three anchors one after the other.
Outcome anchors(Mutant mutant);

}  // namespace looptape::model
