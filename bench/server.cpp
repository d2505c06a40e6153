// What the whole recorder costs a server: CPU time and latency of the same service with it and without.
//
//   looptape_bench_server [--quick] [--benchmark_…]
//
// Three services, each a process of its own on CPU 1 (its workers and the recorder's thread together): one without
// probes, one with a recorder, and a second one without probes, which shows what is mere noise.  A client on CPU 0 asks
// 1000 questions a second; a question has 100 stages.  The services take short turns, so that whatever slows the
// machine slows them all.  The workers' CPU time is compared turn by turn with the plain one of the same round; the
// recorder's thread works beside them, and its CPU time is counted over the whole time.  Then a service is also asked
// for dumps, in longer turns.  After a while all services are made anew: each has its own luck with physical pages.
#include <algorithm>
#include <array>
#include <iterator>
#include <memory>

#include <looptape/core/clock.h>
#include "bench/batch.h"
#include "bench/latency_histogram.h"
#include "bench/report.h"
#include "bench/service.h"
#include "bench/service_client.h"
#include "bench/service_vectors.h"

namespace looptape::bench {
namespace {

struct Plan {
  unsigned generations = 8;  // of services
  unsigned rounds = 100;     // a turn of each service
  unsigned questions = 20;   // of a turn
  unsigned long_rounds = 4;
  unsigned long_questions = 500;
  unsigned per_second = 1000;
  double step_ticks() const { return ticks_per_ns() * 1e9 / per_second; }
};

enum Variant : unsigned { kPlain, kRecorded, kPlainAgain, kServices };
// What is reported: the services, then the recorded one while it also dumps, beside the plain one.
enum Row : unsigned { kDumping = kServices, kRows };
const std::vector<std::string> kNames = {"without", "recorded", "without_again", "recorded_with_dumps"};

// All turns of one kind.
struct Turns {
  std::vector<double> cpu;                   // of the workers, ns for each question, one for each round
  std::vector<double> p50, p90, p99;         // one for each generation, ns
  double others_cpu_ns = 0, elapsed_ns = 0;  // of all other threads, and of the wall
  LatencyHistogram latencies;                // of this generation
  void end_generation() {
    p50.push_back(static_cast<double>(latencies.quantile(0.5)) / ticks_per_ns());
    p90.push_back(static_cast<double>(latencies.quantile(0.9)) / ticks_per_ns());
    p99.push_back(static_cast<double>(latencies.quantile(0.99)) / ticks_per_ns());
    latencies = {};
  }
  // CPUs that the other threads kept busy.
  double others_share() const { return elapsed_ns > 0 ? others_cpu_ns / elapsed_ns : 0; }
};

class Measurement {
 public:
  explicit Measurement(const Plan& plan) : plan_(plan), all_(std::make_unique<std::array<Turns, kRows>>()) {}

  // The name of the service that is gone, or empty.
  std::string run() {
    pin(0);
    for (unsigned generation = 0; generation < plan_.generations; ++generation) {
      const std::array<Service::Serve, kServices> serve = {&serve_plain, &serve_recorded, &serve_plain};
      std::array<std::unique_ptr<Service>, kServices> services;
      for (unsigned i = 0; i < kServices; ++i) {  // none is always made first
        const unsigned which = (generation + i) % kServices;
        services[which] = std::make_unique<Service>(serve[which], vectors_);
      }
      if (const char* const gone = short_turns(services)) return gone;
      if (const char* const gone = long_turns(services)) return gone;
    }
    return {};
  }

  std::vector<Figure> figures() {
    std::vector<Figure> figures;
    for (unsigned row = 0; row < kRows; ++row) figures.push_back(figure_of(row));
    return figures;
  }

 private:
  using Services = std::array<std::unique_ptr<Service>, kServices>;

  const char* short_turns(const Services& services) {
    std::array<std::uint64_t, kServices> others{};
    const std::uint64_t begin = core::read_counter();
    for (unsigned i = 0; i < kServices; ++i) {
      const auto before = services[i]->ask(Command::kOthersCpu);
      if (!before) return kNames[i].c_str();
      others[i] = *before;
    }
    for (unsigned round = 0; round <= plan_.rounds; ++round) {
      for (unsigned turn = 0; turn < kServices; ++turn) {
        const unsigned variant = (round + turn) % kServices;  // none is always after the same one
        Turns& of = (*all_)[variant];
        const auto cpu = Turn(*services[variant], plan_.step_ticks(), of.latencies).run(plan_.questions, false);
        if (!cpu) return kNames[variant].c_str();
        if (round == 0) of.latencies = {};  // the first one warms up
        if (round > 0) of.cpu.push_back(static_cast<double>(*cpu) / plan_.questions);
      }
    }
    for (unsigned i = 0; i < kServices; ++i) {
      Turns& of = (*all_)[i];
      const auto now = services[i]->ask(Command::kOthersCpu);
      if (!now) return kNames[i].c_str();
      of.others_cpu_ns += static_cast<double>(*now - others[i]);
      of.elapsed_ns += static_cast<double>(core::read_counter() - begin) / ticks_per_ns();
      of.end_generation();
    }
    return nullptr;
  }

  const char* long_turns(const Services& services) {
    for (unsigned round = 0; round < plan_.long_rounds; ++round) {
      for (const unsigned variant : {kPlain, kRecorded}) {
        Turns& of = variant == kPlain ? plain_beside_dumps_ : (*all_)[kDumping];
        const Service& service = *services[variant];
        const std::uint64_t begin = core::read_counter();
        const auto before = service.ask(Command::kOthersCpu);
        const auto cpu =
            Turn(service, plan_.step_ticks(), of.latencies).run(plan_.long_questions, variant == kRecorded);
        const auto after = service.ask(Command::kOthersCpu);
        if (!before || !cpu || !after) return kNames[variant].c_str();
        of.cpu.push_back(static_cast<double>(*cpu) / plan_.long_questions);
        of.others_cpu_ns += static_cast<double>(*after - *before);
        of.elapsed_ns += static_cast<double>(core::read_counter() - begin) / ticks_per_ns();
      }
    }
    (*all_)[kDumping].end_generation();
    plain_beside_dumps_.end_generation();
    return nullptr;
  }

  Figure figure_of(unsigned row) {
    const auto difference = [](double of, double plain) { return of - plain; };
    const auto quotient = [](double of, double plain) { return of / plain; };
    Turns& of = (*all_)[row];
    const Turns& plain = row == kDumping ? plain_beside_dumps_ : (*all_)[kPlain];
    const double added_by_workers = median_of_pairs(of.cpu, plain.cpu, difference) * plan_.per_second * 1e-9;
    const double added_by_others = of.others_share() - plain.others_share();
    Figure figure;
    figure.counters = {{"added_of_one_cpu", added_by_workers + added_by_others},
                       {"added_by_workers", added_by_workers},
                       {"added_by_others", added_by_others},
                       {"cpu_ratio", median_of_pairs(of.cpu, plain.cpu, quotient)},
                       {"p50_ratio", median_of_pairs(of.p50, plain.p50, quotient)},
                       {"p90_ratio", median_of_pairs(of.p90, plain.p90, quotient)},
                       {"p99_ratio", median_of_pairs(of.p99, plain.p99, quotient)},
                       {"stages_per_second", 1.0 * plan_.per_second * kStagesPerQuestion},
                       {"turns", static_cast<double>(of.cpu.size())}};
    figure.ns = median(of.cpu);
    const std::vector<std::pair<std::string, double>> own = {{"of_one_cpu", figure.ns * plan_.per_second * 1e-9},
                                                             {"p50_us", median(of.p50) * 1e-3},
                                                             {"p90_us", median(of.p90) * 1e-3},
                                                             {"p99_us", median(of.p99) * 1e-3}};
    figure.counters.insert(figure.counters.end(), own.begin(), own.end());
    return figure;
  }

  // The median of what `compare` makes of each pair.
  template <class Compare>
  static double median_of_pairs(const std::vector<double>& of, const std::vector<double>& plain, Compare compare) {
    std::vector<double> compared;
    std::transform(of.begin(), of.end(), plain.begin(), std::back_inserter(compared), compare);
    return median(compared);
  }

  const Plan& plan_;
  const Vectors vectors_;
  std::unique_ptr<std::array<Turns, kRows>> all_;
  Turns plain_beside_dumps_;
};

std::vector<Figure> measure(const Plan& plan) {
  const auto measurement = std::make_unique<Measurement>(plan);
  if (const std::string gone = measurement->run(); !gone.empty())
    return {Figure{0, {}, gone + ": the service is gone"}};
  return measurement->figures();
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  Plan plan;
  if (options.quick) plan = {.generations = 1, .rounds = 1, .long_rounds = 1, .long_questions = 20};
  register_group(
      "server", kNames, [plan] { return measure(plan); }, benchmark::kMicrosecond);
  return run_all();
}

}  // namespace
}  // namespace looptape::bench

int main(int argc, char** argv) { return looptape::bench::run(argc, argv); }
