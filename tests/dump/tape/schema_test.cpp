// The schema's enums carry the numbers of the program's own, all of them.
#include <catch2/catch.hpp>
#include <capnp/schema.h>

#include "dump/rows.h"
#include "dump/schema/tape.capnp.h"
#include "looptape/core/kind.h"
#include "looptape/core/layout.h"

using namespace looptape;

namespace {

template <class Enum>
std::size_t enumerants() {
  return capnp::Schema::from<Enum>().getEnumerants().size();
}

}  // namespace

// A new loss, kind or status that is not in dump/schema/tape.capnp would be a bare number in `capnp decode`.
TEST_CASE("every loss, kind, status and type has its name in the schema") {
  CHECK(enumerants<dump::schema::Loss>() == core::kLossCount);
  CHECK(enumerants<dump::schema::TriggerKind>() == dump::kTriggerKinds);
  CHECK(enumerants<dump::schema::StageKind>() == core::kKindNames.size());
  CHECK(enumerants<dump::schema::Status>() == static_cast<std::size_t>(core::Status::kException) + 1);
  CHECK(enumerants<dump::schema::ValueType>() == static_cast<std::size_t>(core::ValueType::kBytes) + 1);
  CHECK(enumerants<dump::schema::GapReason>() ==
        static_cast<std::size_t>(dump::GapReason::kDamagedMessage) + 1);
}

TEST_CASE("the numbers of the schema are the numbers of the program") {
  namespace schema = dump::schema;
  const auto same = [](auto ours, auto theirs) {
    return static_cast<std::uint64_t>(ours) == static_cast<std::uint64_t>(theirs);
  };
  CHECK(same(core::Loss::kOverwritten, schema::Loss::OVERWRITTEN));
  CHECK(same(core::Loss::kWindowShortfall, schema::Loss::WINDOW_SHORTFALL));
  CHECK(same(core::Loss::kFlightFull, schema::Loss::FLIGHT_FULL));
  CHECK(same(core::Loss::kTokensInvalid, schema::Loss::TOKENS_INVALID));
  CHECK(same(core::Status::kTimeout, schema::Status::TIMEOUT));
  CHECK(same(core::Status::kException, schema::Status::EXCEPTION));
  CHECK(same(core::ValueType::kFloat, schema::ValueType::FLOAT));
  CHECK(same(core::ValueType::kBytes, schema::ValueType::BYTES));
  CHECK(same(core::ClockKind::kTsc, schema::Clock::TSC));
  CHECK(same(core::ClockKind::kMonotonic, schema::Clock::MONOTONIC));
  CHECK(same(dump::TriggerKind::kSlowRequest, schema::TriggerKind::SLOW_REQUEST));
  CHECK(same(dump::TriggerKind::kRecovered, schema::TriggerKind::RECOVERED));
  CHECK(same(dump::GapReason::kRejected, schema::GapReason::REJECTED));
  CHECK(same(Kind::rerank, schema::StageKind::RERANK));
  CHECK(same(Kind::wait, schema::StageKind::WAIT));
}
