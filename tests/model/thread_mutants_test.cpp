// As mutants_test.cpp, for the rows that several writing threads are needed for.
#include <catch2/catch.hpp>

#include "tests/model/scenarios.h"
#include "tests/model/weakening.h"

using namespace looptape::model;
using looptape::core::Access;

namespace {

const Weakening kPathWeakenings[] = {
    WEAKENING("P1", relaxed(Access::kRecycleEven), written_while_read),
    WEAKENING("P1", relaxed(Access::kReadGeneration), written_while_read),
    WEAKENING("P2", relaxed(Access::kCommit), written_while_read),
    WEAKENING("P2", relaxed(Access::kReadCommitted), written_while_read),
    WEAKENING("P3", no_fence(Access::kRecycleFence), written_while_read),
    WEAKENING("P3", no_fence(Access::kReadFence), written_while_read),
    WEAKENING("P3", no_recheck(Access::kReadRecheck), written_while_read),
    WEAKENING("P6", relaxed(Access::kPopStart), written_while_read),
    WEAKENING("P10", relaxed(Access::kReadSlotChunk), written_while_read),
    WEAKENING("P1", relaxed(Access::kRecycleEven), recycled_while_copied),
    WEAKENING("P1", relaxed(Access::kReadGeneration), recycled_while_copied),
    WEAKENING("P2", relaxed(Access::kCommit), recycled_while_copied),
    WEAKENING("P2", relaxed(Access::kReadCommitted), recycled_while_copied),
    WEAKENING("P6", relaxed(Access::kPopStart), written_while_copied),
    WEAKENING("P6", relaxed(Access::kReadStart), written_while_copied),
    WEAKENING("P10", relaxed(Access::kSlotChunk), written_while_copied),
};

const Weakening kWeakenings[] = {
    WEAKENING("P11", relaxed(Access::kBindRegion), region_bound_meanwhile),
    WEAKENING("P11", relaxed(Access::kBoundRegion), region_bound_meanwhile),
    WEAKENING("P12", relaxed(Access::kBucketClaim), two_threads_one_name),
    WEAKENING("P12", relaxed(Access::kBucketFind), two_threads_one_name),
    WEAKENING("P16", relaxed(Access::kSlotLeased), tenant_of_a_slot),
    WEAKENING("P16", relaxed(Access::kSlotParked), tenant_of_a_slot),
    WEAKENING("P16", relaxed(Access::kSlotReclaimed), tenant_of_a_slot),
    WEAKENING("P16", relaxed(Access::kReadSlotState), tenant_of_a_slot),
    WEAKENING("P17", relaxed(Access::kEngineAnnounce), engine_just_announced),
    WEAKENING("P17", relaxed(Access::kEngineCurrent), engine_just_announced),
    WEAKENING("P18", relaxed(Access::kAbandon), stage_ended_elsewhere),
    WEAKENING("P18", relaxed(Access::kTakeAbandoned), stage_ended_elsewhere),
    WEAKENING("P19", no_fence(Access::kPauseFence), paused_meanwhile),
    WEAKENING("P19", no_fence(Access::kPauseFence), given_up_meanwhile),
    WEAKENING("P19", no_fence(Access::kStopFence), stopped_meanwhile),
    WEAKENING("P19", no_fence(Access::kReopenFence), paused_meanwhile),
    WEAKENING("P20", relaxed(Access::kLeaseBegin), lease_that_is_looked_at),
    WEAKENING("P20", relaxed(Access::kReclaimLook), lease_that_is_looked_at),
    WEAKENING("P23", relaxed(Access::kRecorderGone), recorders_place),
    WEAKENING("P23", relaxed(Access::kRecorderTake), recorders_place),
    WEAKENING("P24", no_fence(Access::kBindFence), region_bound_meanwhile),
    WEAKENING("P24", no_fence(Access::kShownFence), region_bound_meanwhile),
    WEAKENING("P25", relaxed(Access::kAbandonedReset), stage_ended_after_its_thread),
    WEAKENING("P25", relaxed(Access::kAbandonLook), stage_ended_after_its_thread),
};

}  // namespace

TEST_CASE("every weakening of the recording path breaks a property") { require_caught(kPathWeakenings); }
TEST_CASE("every weakening of a row between threads breaks a property") { require_caught(kWeakenings); }
