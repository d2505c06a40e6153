// What probes cost while recording is switched off, in several shapes of code: see recording_cases.h.
#include <looptape/looptape.h>

#include "bench/recording_cases.h"
#include "bench/sites.h"

namespace looptape::bench {
namespace {

namespace lt = looptape;

constexpr unsigned kOff = 16 * kBatch;  // an operation takes less than a nanosecond
constexpr unsigned kOffRounds = 16 * kRounds;

// The loop of the shapes that have one; what is left of it without probes is the case `empty_loop`.
template <class Body>
[[gnu::always_inline]] inline void repeat(Body body) {
  for (unsigned i = 0; i < kOff; ++i) {
    body(i);
    asm volatile("");  // the loop stays
  }
}

template <class Body>
[[gnu::noinline]] void repeat_called(Body&& body) {
  for (unsigned i = 0; i < kOff; ++i) {
    body(i);
    asm volatile("");
  }
}

[[gnu::noinline]] void function_with_scope() {
  lt::Stage<"in a function"> stage;
  asm volatile("");
}
[[gnu::noinline]] void empty_function() { asm volatile(""); }

// Work that keeps something in registers and memory across the scope, as real code does.
[[gnu::noinline]] std::uint64_t sum_in_scopes(const std::uint64_t* values, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    lt::Stage<"sum"> stage;
    sum += values[i & 63];
  }
  return sum;
}
[[gnu::noinline]] std::uint64_t sum_alone(const std::uint64_t* values, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += values[i & 63];
    asm volatile("");
  }
  return sum;
}
const std::uint64_t g_values[64] = {1, 2, 3};
volatile std::uint64_t g_sum;

struct Scope {
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    lt::Stage<kSiteName<I>> stage;
    asm volatile("");
  }
};
struct Event {
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    lt::event<kSiteName<I>>();
    asm volatile("");
  }
};
struct ScopeWithIntegers {
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    lt::Stage<kSiteName<I>> stage;
    stage.template set<"candidates">(I);
    stage.template set<"kept">(8);
    asm volatile("");
  }
};

void run_straight() { at_every_site(Scope{}, kOffRounds); }
void run_event() { at_every_site(Event{}, kOffRounds); }
void run_integers() { at_every_site(ScopeWithIntegers{}, kOffRounds); }
void run_sequence() {
  lt::Sequence steps;
  at_every_site(
      [&]<std::size_t I>() __attribute__((always_inline)) { steps.next<kSiteName<I>>(); }, kOffRounds);
}
void run_loop() {
  for (unsigned i = 0; i < kOff; ++i) {
    lt::Stage<"loop"> stage;
    asm volatile("");
  }
}
void run_lambda() {
  repeat([](unsigned) { lt::Stage<"lambda"> stage; });
}
void run_lambda_called() {
  repeat_called([](unsigned) { lt::Stage<"lambda called"> stage; });
}
void run_function() {
  for (unsigned i = 0; i < kOff; ++i) function_with_scope();
}
void run_sum() { g_sum = sum_in_scopes(g_values, kOff); }

void run_empty_loop() {
  repeat([](unsigned) {});
}
void run_empty_function() {
  for (unsigned i = 0; i < kOff; ++i) empty_function();
}
void run_sum_alone() { g_sum = sum_alone(g_values, kOff); }

}  // namespace

std::vector<Case> switched_off_cases() {
  return {
      {"straight", 1, kOff, &run_straight},
      {"loop", 1, kOff, &run_loop},
      {"templated_loop_with_lambda", 1, kOff, &run_lambda},
      {"lambda_in_called_loop", 1, kOff, &run_lambda_called},
      {"in_a_function", 1, kOff, &run_function},
      {"around_work", 1, kOff, &run_sum},
      {"event", 1, kOff, &run_event},
      {"sequence", 1, kOff, &run_sequence},
      {"scope_two_integers", 1, kOff, &run_integers},
      {"without_probes/loop", 1, kOff, &run_empty_loop},
      {"without_probes/in_a_function", 1, kOff, &run_empty_function},
      {"without_probes/around_work", 1, kOff, &run_sum_alone},
  };
}

}  // namespace looptape::bench
