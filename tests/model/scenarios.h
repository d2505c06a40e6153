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
inline constexpr char kNoHole[] = "a snapshot has what was written before it, but for what was overwritten meanwhile";
inline constexpr char kOneId[] = "one name has one id, whoever registers it";
inline constexpr char kTenant[] = "who sees a slot's state sees who its tenant is or was";
inline constexpr char kLivingTenant[] = "no living thread loses its slot";
inline constexpr char kOneRecorder[] = "a process has one recorder at a time";
inline constexpr char kShut[] = "no writer stays open when recording was switched off";
inline constexpr char kOwnStage[] = "what was meant for a stage of the last tenant leaves the next one's alone";
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

// Several threads write: every interleaving and every older value a load may see, within Bounds (interleaver.h); the
// bounds are switches / older values.
// Two threads that register one name; 3 / 3.
Outcome two_threads_one_name(Mutant mutant);
// A thread registers a name while another binds a region; 3 / 2.
Outcome region_bound_meanwhile(Mutant mutant);
// One slot, leased and parked, or leased and taken back, while a reader looks; 3 / 3.
Outcome tenant_of_a_slot(Mutant mutant);
// One slot, leased again while the recorder's thread looks for tenants that are gone; 3 / 3.
Outcome lease_that_is_looked_at(Mutant mutant);
// A thread's first event while the engine is announced; 3 / 3.
Outcome engine_just_announced(Mutant mutant);
// Two threads that start a recorder while the last one is stopping; 3 / 3.
Outcome recorders_place(Mutant mutant);
// A writer that reopens while recording is paused, stopped, or given up (and resumed by a third thread); 3 / 3.
Outcome paused_meanwhile(Mutant mutant);
Outcome stopped_meanwhile(Mutant mutant);
Outcome given_up_meanwhile(Mutant mutant);
// A stage ended by another thread while its own tidies up and a reader looks; 3 / 3.
Outcome stage_ended_elsewhere(Mutant mutant);
// The same when its own thread has ended and the slot has a new tenant; 3 / 3.
Outcome stage_ended_after_its_thread(Mutant mutant);
// The recording path as it is (finish_fast, put_event, finish_slow, the chunk switch, recycling) in chunks of two or
// three records, three or more switches.  A reader copies all chunks; 3 / 4.
Outcome written_while_read(Mutant mutant);
// The same while dump::Snapshot copies: with chunks to spare; with three, so that copied and closed ones are taken.
Outcome written_while_copied(Mutant mutant);
Outcome recycled_while_copied(Mutant mutant);
Outcome recycled_while_copied_deep(Mutant mutant);  // slow

}  // namespace looptape::model
