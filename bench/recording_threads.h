// What recording costs when several threads do it, and what a thread's first event costs: see recording.cpp.
#pragma once

#include <span>
#include <vector>

#include "bench/batch.h"

namespace looptape::bench {

// `threads` threads, thread i on CPU i mod their number, each with a request of its own, run the cases side by side.
// The samples of all.
std::vector<Samples> run_in_threads(std::span<const Case> cases, unsigned threads, std::size_t rounds);

struct FirstEvents {
  std::vector<double> clock;   // ticks between two bare clock reads of a thread that has just been woken
  std::vector<double> unused;  // first event of a thread whose slot was never used
  std::vector<double> parked;  // first event of a thread whose slot another one left
  std::vector<double> second;  // the event after the first one
};
// REQUIRES a recording that no other thread has taken part in.
FirstEvents first_events(unsigned threads);

}  // namespace looptape::bench
