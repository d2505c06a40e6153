// What the whole recorder costs a server: CPU time and latency of the same service with it and without.
//
//   looptape_bench_server [--quick] [--benchmark_…]
//
// Three services, each a process of its own on CPU 1 (its workers and the recorder's thread together): one without
// probes, one with a recorder, and a second one without probes, which shows what is mere noise.  A client on CPU 0 asks
// 1000 questions a second, each on its own absolute schedule, and counts latency from when a question was due; a
// question has 100 stages.  The services take turns, a phase each, and are ranked by the median of their phases.  In a
// fourth kind of phase the recorded service is asked for a dump besides.
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <memory>
#include <optional>

#include <looptape/core/clock.h>
#include "bench/batch.h"
#include "bench/latency_histogram.h"
#include "bench/report.h"
#include "bench/service.h"

namespace looptape::bench {
namespace {

struct Plan {
  unsigned rounds = 40;
  unsigned questions = 500;  // of a phase
  unsigned per_second = 1000;
};

// A service in a child process, and the client's ends of its sockets.
class Service {
 public:
  using Serve = int (*)(const ServiceSockets&);
  explicit Service(Serve serve) {
    std::array<std::array<int, 2>, ServiceSockets::kWorkers + 1> pairs{};
    for (auto& pair : pairs) {
      if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) return;
    }
    ServiceSockets theirs;
    for (unsigned i = 0; i < ServiceSockets::kWorkers; ++i) {
      ours_.worker[i] = pairs[i][0];
      theirs.worker[i] = pairs[i][1];
    }
    ours_.control = pairs.back()[0];
    theirs.control = pairs.back()[1];
    child_ = ::fork();
    if (child_ == 0) {
      for (const auto& pair : pairs) ::close(pair[0]);
      pin(1 % cpus());
      ::_exit(serve(theirs));
    }
    for (const auto& pair : pairs) ::close(pair[1]);
  }
  ~Service() {
    if (child_ <= 0) return;
    const Command end = Command::kEnd;
    ::send(ours_.control, &end, sizeof end, MSG_NOSIGNAL);
    ::waitpid(child_, nullptr, 0);
    for (const int socket : ours_.worker) ::close(socket);
    ::close(ours_.control);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Nothing: the service is gone.
  std::optional<std::uint64_t> ask(Command command) const {
    std::uint64_t reply = 0;
    if (child_ <= 0 || ::send(ours_.control, &command, sizeof command, MSG_NOSIGNAL) < 0 ||
        ::recv(ours_.control, &reply, sizeof reply, 0) != static_cast<ssize_t>(sizeof reply))
      return std::nullopt;
    return reply;
  }
  int worker(unsigned number) const { return ours_.worker[number % ServiceSockets::kWorkers]; }

 private:
  ServiceSockets ours_;
  pid_t child_ = -1;
};

// The client's side of one phase: who was asked when, and how long it took.
class Phase {
 public:
  Phase(const Service& service, const Plan& plan)
      : service_(service), plan_(plan), step_(ticks_per_ns() * 1e9 / plan.per_second) {}

  // Asks for a dump halfway when `with_dump`.  False: the service is gone.
  bool run(bool with_dump) {
    const auto before = service_.ask(Command::kCpu);
    const std::uint64_t begin = core::read_counter();
    for (unsigned i = 0; i < plan_.questions; ++i) {
      const std::uint64_t due = begin + static_cast<std::uint64_t>(step_ * i);
      while (core::read_counter() < due) collect(MSG_DONTWAIT);
      const Question question{i};
      if (::send(service_.worker(i), &question, sizeof question, MSG_NOSIGNAL) < 0) return false;
      due_[i % ServiceSockets::kWorkers].push_back(due);
      if (with_dump && i == plan_.questions / 2 && service_.ask(Command::kDump) != 1) return false;
    }
    while (waiting() > 0) {
      if (!collect(MSG_DONTWAIT)) return false;
    }
    const auto after = service_.ask(Command::kCpu);
    if (!before || !after) return false;
    cpu_ns_ = static_cast<double>(*after - *before) / plan_.questions;
    return true;
  }
  // Per question.
  double cpu_ns() const { return cpu_ns_; }
  const LatencyHistogram& latencies() const { return latencies_; }

 private:
  std::size_t waiting() const {
    std::size_t count = 0;
    for (const auto& due : due_) count += due.size();
    return count;
  }
  // Takes what has been answered.  False: the service is gone.
  bool collect(int flags) {
    for (unsigned w = 0; w < ServiceSockets::kWorkers; ++w) {
      if (due_[w].empty()) continue;
      Answer answer;
      const ssize_t got = ::recv(service_.worker(w), &answer, sizeof answer, flags);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got != static_cast<ssize_t>(sizeof answer)) return false;
      latencies_.add(core::read_counter() - due_[w].front());
      due_[w].pop_front();
    }
    return true;
  }

  const Service& service_;
  const Plan& plan_;
  double step_, cpu_ns_ = 0;
  std::array<std::deque<std::uint64_t>, ServiceSockets::kWorkers> due_;
  LatencyHistogram latencies_;
};

// All phases of one kind.
struct Phases {
  std::vector<double> cpu, p50, p99, p999;
  void add(const Phase& phase) {
    const double rate = ticks_per_ns();
    cpu.push_back(phase.cpu_ns());
    p50.push_back(static_cast<double>(phase.latencies().quantile(0.5)) / rate);
    p99.push_back(static_cast<double>(phase.latencies().quantile(0.99)) / rate);
    p999.push_back(static_cast<double>(phase.latencies().quantile(0.999)) / rate);
  }
};

enum Variant : unsigned { kPlain, kRecorded, kPlainAgain, kDumping, kVariants };
const std::vector<std::string> kNames = {"without", "recorded", "without_again", "recorded_with_dumps"};

Figure figure_of(Phases& phases, Phases& without, const Plan& plan) {
  Figure figure;
  figure.ns = median(phases.cpu);
  figure.counters = {{"cpu_ratio", median(phases.cpu) / median(without.cpu)},
                     {"p99_ratio", median(phases.p99) / median(without.p99)},
                     {"p50_us", median(phases.p50) * 1e-3},
                     {"p99_us", median(phases.p99) * 1e-3},
                     {"p99.9_us", median(phases.p999) * 1e-3},
                     {"of_one_cpu", median(phases.cpu) * plan.per_second * 1e-9},
                     {"added_of_one_cpu", (median(phases.cpu) - median(without.cpu)) * plan.per_second * 1e-9},
                     {"stages_per_second", 1.0 * plan.per_second * kStagesPerQuestion},
                     {"phases", static_cast<double>(phases.cpu.size())}};
  return figure;
}

std::vector<Figure> measure(const Plan& plan) {
  const Service plain(&serve_plain), recorded(&serve_recorded), plain_again(&serve_plain);
  pin(0);
  const std::array<const Service*, kVariants> services = {&plain, &recorded, &plain_again, &recorded};
  std::array<Phases, kVariants> phases;
  for (unsigned round = 0; round <= plan.rounds; ++round) {
    for (unsigned turn = 0; turn < kVariants; ++turn) {
      const unsigned variant = (round + turn) % kVariants;  // none is always after the same one
      const auto phase = std::make_unique<Phase>(*services[variant], plan);
      if (!phase->run(variant == kDumping)) return {Figure{0, {}, kNames[variant] + ": the service is gone"}};
      if (round > 0) phases[variant].add(*phase);  // the first one warms up
    }
  }
  std::vector<Figure> figures;
  Phases reference = phases[kPlain];
  for (Phases& of : phases) figures.push_back(figure_of(of, reference, plan));
  return figures;
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  Plan plan;
  if (options.quick) plan = {.rounds = 1, .questions = 20};
  register_group(
      "server", kNames, [plan] { return measure(plan); }, benchmark::kMicrosecond);
  return run_all();
}

}  // namespace
}  // namespace looptape::bench

int main(int argc, char** argv) { return looptape::bench::run(argc, argv); }
