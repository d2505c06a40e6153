// What a scenario has to show: that the production text holds in it, and that a weakening of the text, which belongs to
// a row of the pairing tables, does not.
// Tests only.
#pragma once

#include <catch2/catch.hpp>
#include <cstdio>
#include <span>

#include "tests/model/checker.h"

namespace looptape::model {

struct Weakening {
  const char* row;
  const char* what;
  Mutant mutant;
  Outcome (*scenario)(Mutant);
};

inline Mutant relaxed(Access label) { return {Mutant::Kind::kRelaxed, label}; }
inline Mutant no_fence(Access label) { return {Mutant::Kind::kNoFence, label}; }
inline Mutant no_recheck(Access label) { return {Mutant::Kind::kNoRecheck, label}; }
inline Mutant late(Access label, Access other) { return {Mutant::Kind::kLate, label, other}; }

// `least` executions: fewer would mean that the reader had nothing to choose from.
inline void require_holds(Outcome outcome, std::uint64_t least) {
  std::printf("%llu executions\n", static_cast<unsigned long long>(outcome.executions));
  INFO("broke: " << (outcome.broken != nullptr ? outcome.broken : "nothing"));
  REQUIRE(outcome.broken == nullptr);
  REQUIRE(outcome.executions >= least);
}

// The preprocessor writes each weakening's name from its own text.
#define WEAKENING(row, mutant, scenario) \
  Weakening { row, #mutant, mutant, scenario }

inline void require_caught(std::span<const Weakening> weakenings) {
  std::uint64_t executions = 0;
  unsigned caught = 0;
  for (const Weakening& weakening : weakenings) {
    const Outcome outcome = weakening.scenario(weakening.mutant);
    executions += outcome.executions;
    caught += outcome.broken != nullptr;
    std::printf("%-3s  %-55s  %s\n", weakening.row, weakening.what,
                outcome.broken != nullptr ? outcome.broken : "NOT CAUGHT");
    INFO(weakening.row << " " << weakening.what << " survived " << outcome.executions << " executions");
    CHECK(outcome.broken != nullptr);
  }
  std::printf("%u of %zu weakenings caught, in %llu executions\n", caught, weakenings.size(),
              static_cast<unsigned long long>(executions));
}

}  // namespace looptape::model
