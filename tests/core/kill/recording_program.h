// What each thread of the process that is killed does, step by step, and the records this must leave behind.
//
// Each thread leases a stream with an event, then repeats for k = 1, 2, …: a stage with a number and a text made from
// k, every sixteenth time inside a request, every 32nd time a new name, and an event that carries k.  Before each step
// it says in memory shared with the parent that it begins, after it that it is done.  So at any kill it is known
// exactly which records were acknowledged, and at most one step of each thread was in hand.  Record n of a stream is
// always the same: what is found at place n is compared with it word by word, times aside.
//
// run_program: the child's threads.  All else: pure, the parent.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "looptape/core/layout.h"

namespace looptape::testing {

// In the order in which an iteration takes them.
enum class Step : unsigned {
  kRequestBegin,
  kStageBegin,
  kNumber,
  kText,
  kStageEnd,
  kRequestEnd,
  kName,
  kEvent,
};

// A step of an iteration as one number; later ones are greater.  Iteration 0 is the lease, its only step the event.
constexpr std::uint64_t position(std::uint64_t iteration, Step step) {
  return iteration << 3 | static_cast<std::uint64_t>(step);
}
constexpr std::uint64_t iteration_of(std::uint64_t position) { return position >> 3; }
constexpr Step step_of(std::uint64_t position) { return static_cast<Step>(position & 7); }

constexpr bool has_request(std::uint64_t iteration) { return iteration != 0 && iteration % 16 == 0; }
constexpr std::uint64_t kNamesOfAThread = 400;
constexpr bool has_name(std::uint64_t iteration) {
  return iteration != 0 && iteration % 32 == 0 && iteration / 32 <= kNamesOfAThread;
}

// One thread's part of the memory shared with the parent.  0: nothing yet.
struct alignas(64) Progress {
  std::atomic<std::uint64_t> tid{0};
  std::atomic<std::uint64_t> begun{0}, done{0};  // positions
};

// Runs iterations 1 to `last`.
void run_program(Progress& progress, const std::vector<std::string>& names, std::uint64_t last);
// The names that thread `index` registers, in order.
std::vector<std::string> names_of(std::size_t index);

// How many records the stream has when the step at `position` is done.
std::uint64_t records_through(std::uint64_t position);
// How many bytes its first `records` records take.
std::uint64_t bytes_of(std::uint64_t records);

struct ExpectedRecord {
  std::uint64_t iteration = 0;
  core::RecordType type = core::RecordType::kNone;
  std::string name;             // of its site or key; empty: it has none
  unsigned low = 0, depth = 0;  // status or value type
  unsigned attributes = 0, flags = 0;
  std::uint64_t value = 0;
  std::string text;
  bool value_is_known = true;  // not for numbers of requests, trace ids and threads
};
// The n-th record of a stream, from 1.
ExpectedRecord expected_record(std::uint64_t n);
// The record that ends the stage, or the request, of an iteration.
std::uint64_t stage_record(std::uint64_t iteration);
std::uint64_t request_record(std::uint64_t iteration);

std::string text_of_iteration(std::uint64_t iteration);
std::uint64_t number_of_iteration(std::uint64_t iteration);

}  // namespace looptape::testing
