// What client and service of looptape_bench_server agree on: sockets, commands, questions.
//
// Included on both sides.  The workers are service_work.h, compiled twice, because what a probe is differs.
#pragma once

#include <cstdint>

namespace looptape::bench {

class Vectors;

// What a service is connected to: one end of a SOCK_SEQPACKET pair for each worker, one for commands.
struct ServiceSockets {
  static constexpr unsigned kWorkers = 2;
  int worker[kWorkers] = {-1, -1};
  int control = -1;
};

// A question and its answer.
struct Question {
  std::uint64_t number = 0;
};
struct Answer {
  std::uint64_t number = 0;
  double score = 0;
};

// Commands over the control socket; each is answered by one std::uint64_t.
enum class Command : std::uint8_t {
  kWorkersCpu,  // ns of CPU that the workers have used
  kOthersCpu,   // ns of CPU that every other thread of the process has used: this one and the recorder's
  kDump,        // asks for a dump and does not wait for it; 1: it was asked for
  kEnd,         // leave; not answered
};

// Stages of one question.
inline constexpr unsigned kStagesPerQuestion = 100;

// Run in a child process of their own until kEnd or the other end is closed; the exit code of the process.
int serve_recorded(const ServiceSockets& sockets, const Vectors& vectors);
int serve_plain(const ServiceSockets& sockets, const Vectors& vectors);

}  // namespace looptape::bench
