// One process that records at full rate until it is killed, and what its region must hold then.
//
// The child runs two threads of recording_program.h in a region of 2 MiB, which turns over every few thousand
// iterations.  The parent kills it, reads what is left, and checks it against the steps the threads acknowledged.
// The parent has one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/engine.h"
#include "tests/core/kill/recording_program.h"

namespace looptape::testing {

inline constexpr std::size_t kThreads = 2;

// Memory that the parent shares with the child, and keeps.
struct Shared {
  std::atomic<std::uint64_t> hold{0};     // at the chosen point a thread is held instead of killed
  std::atomic<std::uint64_t> reached{0};  // thread id of who reached it
  Progress threads[kThreads];
};

// Where and how the child ends.  One of: `after`, `iterations`, `point`.
struct KillPlan {
  std::chrono::nanoseconds after{0};  // by a timer of the kernel, so long after both threads are about to begin
  std::uint64_t iterations = 0;       // from outside, when both threads have done so many and do nothing more
  std::optional<core::Point> point;   // by the thread that passes this point …
  std::int64_t passing = 1;           // … for the n-th time;
  // or that thread is held there while the other one does so many more iterations, and then comes the kill.
  std::optional<std::uint64_t> held_for;
  std::function<void(core::Engine&)> prepare;  // in the child, before it records
};

struct KillResult {
  std::string problem;          // empty: everything holds
  bool turned_over = false;     // chunks had been recycled
  bool inside_a_call = false;   // a thread had begun a step and not acknowledged it
  bool inside_a_write = false;  // the region shows it: something is begun and not published
  bool could_tell = false;      // it would show a record that is being written: every open chunk is in its first life
  std::uint64_t acknowledged = 0, read = 0, overwritten = 0;  // records
  std::uint64_t chunks = 0;                                   // begun
};

// Forks, kills, reads what is left from outside, checks, removes it.
KillResult kill_once(const KillPlan& plan, const std::string& directory);

}  // namespace looptape::testing
