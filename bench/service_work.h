// The workers of the service: each waits for a question, does the work of a hundred stages, and answers.
//
// Included by service_recorded.cpp and service_plain.cpp after the public header, with and without LOOPTAPE_DISABLED:
// everything here has internal linkage, because it is not the same code in both.  The work itself is:
// service_vectors.h.
#pragma once

#include <looptape/looptape.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "bench/service.h"
#include "bench/service_vectors.h"

namespace looptape::bench {
namespace {

// A few microseconds of work in a stage; `of_one_cpu` says how busy that makes the server.
constexpr std::size_t kVectors = 500;

// 20 rounds of five stages: one around four, with attributes as a server has them.
double answer(const Vectors& vectors, std::uint64_t number) {
  const Request request{{.kind = "ask", .tenant = "acme"}};
  double score = 0;
  for (std::uint64_t round = 0; round < kStagesPerQuestion / 5; ++round) {
    Stage<"rerank", Kind::rerank> rerank;
    const std::uint64_t first = number * 31 + round * 7;
    {
      Stage<"retrieve.sparse", Kind::retrieve> stage;
      score += static_cast<double>(vectors.best(first, kVectors));
    }
    {
      Stage<"retrieve.dense", Kind::retrieve> stage;
      score += static_cast<double>(vectors.best(first + 100, kVectors));
      stage.set<"hits">(kVectors);
    }
    {
      Stage<"fuse"> stage;
      score += static_cast<double>(vectors.best(first + 200, kVectors));
    }
    {
      Stage<"score"> stage;
      score += static_cast<double>(vectors.best(first + 300, kVectors));
    }
    rerank.set<"candidates">(static_cast<std::int64_t>(first));
    rerank.set<"kept">(8);
  }
  return score;
}

void work(int socket, const Vectors& vectors) {
  Question question;
  while (::recv(socket, &question, sizeof question, 0) == static_cast<ssize_t>(sizeof question)) {
    const Answer reply{question.number, answer(vectors, question.number)};
    if (::send(socket, &reply, sizeof reply, MSG_NOSIGNAL) < 0) return;
  }
}

std::uint64_t nanoseconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint64_t cpu_ns(std::vector<std::thread>& threads) {
  std::uint64_t sum = 0;
  for (std::thread& thread : threads) {
    clockid_t clock{};
    if (::pthread_getcpuclockid(thread.native_handle(), &clock) == 0) sum += nanoseconds(clock);
  }
  return sum;
}

// Starts the workers and obeys the commands; `dump` asks for a dump.
template <class Dump>
int serve(const ServiceSockets& sockets, const Vectors& vectors, Dump dump) {
  std::vector<std::thread> workers;
  for (const int socket : sockets.worker) workers.emplace_back([socket, &vectors] { work(socket, vectors); });
  for (Command command; ::recv(sockets.control, &command, sizeof command, 0) == sizeof command;) {
    if (command == Command::kEnd) break;
    const std::uint64_t reply = command == Command::kDump ? dump()
                                : command == Command::kWorkersCpu
                                    ? cpu_ns(workers)
                                    : nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns(workers);
    if (::send(sockets.control, &reply, sizeof reply, MSG_NOSIGNAL) < 0) break;
  }
  for (const int socket : sockets.worker) ::shutdown(socket, SHUT_RDWR);
  for (std::thread& worker : workers) worker.join();
  return 0;
}

}  // namespace
}  // namespace looptape::bench
