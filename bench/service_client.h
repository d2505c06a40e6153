// A service in a process of its own, and a client that asks it questions, each when it is due.
//
// Used by server.cpp only; one thread, which is the only one of its process when a service is made (it forks).
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "bench/latency_histogram.h"
#include "bench/service.h"

namespace looptape::bench {

class Service {
 public:
  using Serve = int (*)(const ServiceSockets&, const Vectors&);
  // Forks the service, on CPU 1.
  Service(Serve serve, const Vectors& vectors);
  // Ends it and waits until it has left.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // What it answered; nothing: the service is gone.
  std::optional<std::uint64_t> ask(Command command) const;
  int worker(unsigned number) const { return ours_.worker[number % ServiceSockets::kWorkers]; }

 private:
  ServiceSockets ours_;
  pid_t child_ = -1;
};

// One turn of a service: so many questions, one every `step` ticks on an absolute schedule.
class Turn {
 public:
  Turn(const Service& service, double step_ticks, LatencyHistogram& latencies)
      : service_(service), step_(step_ticks), latencies_(latencies) {}
  // Latencies are counted from when a question was due, until its answer was seen.  Asks for a dump halfway when
  // `with_dump`.  CPU time that the workers used, ns; nothing: the service is gone.
  std::optional<std::uint64_t> run(unsigned questions, bool with_dump);

 private:
  bool collect();

  const Service& service_;
  const double step_;
  LatencyHistogram& latencies_;
  std::array<std::deque<std::uint64_t>, ServiceSockets::kWorkers> due_;
};

}  // namespace looptape::bench
