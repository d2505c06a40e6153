// Every ordering and every second look of the protocols is needed: without it the model check finds a broken
// property.  One weakening at least on each side of each row of the pairing tables (core/PROTOCOL.md); the rest are in
// thread_mutants_test.cpp.  The script tests/check_memory_orders sees to it that no row and no side is missing.
#include <catch2/catch.hpp>

#include "tests/model/scenarios.h"
#include "tests/model/weakening.h"

using namespace looptape::model;
using looptape::core::Access;

namespace {

const Weakening kWeakenings[] = {
    WEAKENING("P1", relaxed(Access::kRecycleEven), three_lives),
    WEAKENING("P1", relaxed(Access::kReadGeneration), three_lives),
    WEAKENING("P2", relaxed(Access::kCommit), three_lives),
    WEAKENING("P2", relaxed(Access::kReadCommitted), three_lives),
    WEAKENING("P2", late(Access::kRecord, Access::kCommit), accounting),
    WEAKENING("P3", no_fence(Access::kRecycleFence), three_lives),
    WEAKENING("P3", late(Access::kRecycleOdd, Access::kKeyframe), three_lives),
    WEAKENING("P3", no_fence(Access::kReadFence), three_lives),
    WEAKENING("P3", no_recheck(Access::kReadRecheck), three_lives),
    WEAKENING("P4", relaxed(Access::kPushMeta), open_stages),
    WEAKENING("P4", relaxed(Access::kReadMeta), open_stages),
    WEAKENING("P4", no_recheck(Access::kReadStartAgain), open_stages),
    WEAKENING("P5", relaxed(Access::kPushStart), open_stages),
    WEAKENING("P5", late(Access::kPushMeta, Access::kPushStart), open_stages),
    WEAKENING("P5", relaxed(Access::kReadStart), open_stages),
    WEAKENING("P6", relaxed(Access::kPopStart), open_or_finished),
    WEAKENING("P6", late(Access::kCommit, Access::kPopStart), open_or_finished),
    WEAKENING("P6", relaxed(Access::kReadStart), open_or_finished),
    WEAKENING("P6", relaxed(Access::kReadStartAgain), open_or_finished),
    WEAKENING("P7", relaxed(Access::kFlightPublish), requests_in_flight),
    WEAKENING("P7", relaxed(Access::kReadNumber), requests_in_flight),
    WEAKENING("P8", no_fence(Access::kFlightFence), requests_in_flight),
    WEAKENING("P8", late(Access::kFlightClear, Access::kFlightWord), requests_in_flight),
    WEAKENING("P8", no_fence(Access::kReadFlightFence), requests_in_flight),
    WEAKENING("P8", no_recheck(Access::kReadNumberAgain), requests_in_flight),
    WEAKENING("P9", relaxed(Access::kNamePublish), one_name),
    WEAKENING("P9", late(Access::kNameWord, Access::kNamePublish), one_name),
    WEAKENING("P9", relaxed(Access::kReadName), one_name),
    WEAKENING("P13", relaxed(Access::kAnchorEven), anchors),
    WEAKENING("P13", relaxed(Access::kReadAnchorSequence), anchors),
    WEAKENING("P14", no_fence(Access::kAnchorFence), anchors),
    WEAKENING("P14", late(Access::kAnchorOdd, Access::kAnchorWord), anchors),
    WEAKENING("P14", no_fence(Access::kReadAnchorFence), anchors),
    WEAKENING("P14", no_recheck(Access::kReadAnchorAgain), anchors),
    WEAKENING("P10", relaxed(Access::kSlotChunk), slot_points_to_chunk),
    WEAKENING("P10", late(Access::kRecycleEven, Access::kSlotChunk), slot_points_to_chunk),
    WEAKENING("P10", relaxed(Access::kReadSlotChunk), slot_points_to_chunk),
    WEAKENING("P21", relaxed(Access::kSitePublish), name_of_anothers_site),
    WEAKENING("P21", relaxed(Access::kReadSite), name_of_anothers_site),
};

}  // namespace

TEST_CASE("every weakening of a row of the pairing tables breaks a property") { require_caught(kWeakenings); }
