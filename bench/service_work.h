// The workers of the service: each waits for a question, does the work of a hundred stages, and answers.
//
// Included by service_recorded.cpp and service_plain.cpp after the public header, with and without LOOPTAPE_DISABLED:
// everything here has internal linkage, because it is not the same code in both.
#pragma once

#include <looptape/looptape.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cstdint>
#include <thread>
#include <vector>

#include "bench/batch.h"
#include "bench/service.h"

namespace looptape::bench {
namespace {

// Vectors that are scored against a question: 256 KiB, as much as a second-level cache holds.
class Vectors {
 public:
  static constexpr std::size_t kDimensions = 128, kCount = 512;
  Vectors() : values_(kDimensions * kCount) {
    std::uint32_t state = 1;
    for (float& value : values_) {
      state = state * 1664525 + 1013904223;  // any spread of values will do
      value = static_cast<float>(state >> 8) / (1u << 24);
    }
  }
  // The best score of `count` vectors from `first` on, wrapping: some 10 ns each.
  [[gnu::noinline]] float best(std::size_t first, std::size_t count) const {
    const float* const question = &values_[(first % kCount) * kDimensions];
    float best = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const float* const vector = &values_[((first + i) % kCount) * kDimensions];
      std::array<float, 8> sums{};
      for (std::size_t d = 0; d < kDimensions; d += sums.size()) {
        for (std::size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += question[d + lane] * vector[d + lane];
      }
      float sum = 0;
      for (const float lane : sums) sum += lane;
      best = sum > best ? sum : best;
    }
    return best;
  }

 private:
  std::vector<float> values_;
};

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

void work(int socket) {
  const Vectors vectors;
  Question question;
  while (::recv(socket, &question, sizeof question, 0) == static_cast<ssize_t>(sizeof question)) {
    const Answer reply{question.number, answer(vectors, question.number)};
    if (::send(socket, &reply, sizeof reply, MSG_NOSIGNAL) < 0) return;
  }
}

std::uint64_t cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

// Starts the workers and obeys the commands; `dump` asks for a dump.
template <class Dump>
int serve(const ServiceSockets& sockets, Dump dump) {
  std::vector<std::thread> workers;
  for (const int socket : sockets.worker) workers.emplace_back([socket] { work(socket); });
  for (Command command; ::recv(sockets.control, &command, sizeof command, 0) == sizeof command;) {
    if (command == Command::kEnd) break;
    const std::uint64_t reply = command == Command::kCpu ? cpu_ns() : dump();
    if (::send(sockets.control, &reply, sizeof reply, MSG_NOSIGNAL) < 0) break;
  }
  for (const int socket : sockets.worker) ::shutdown(socket, SHUT_RDWR);
  for (std::thread& worker : workers) worker.join();
  return 0;
}

}  // namespace
}  // namespace looptape::bench
