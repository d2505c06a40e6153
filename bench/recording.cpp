// What recording costs, as ratios to a bare clock read of the same run.
//
//   looptape_bench_recording [--quick] [--benchmark_…]
//
// Each figure is the median over batches of about 2000 operations; see README.md beside this file.
#include "bench/recording_cases.h"
#include "bench/recording_threads.h"
#include "bench/report.h"
#include "bench/session.h"

#include <iostream>

namespace looptape::bench {
namespace {

std::vector<Case> with_floor(std::initializer_list<std::vector<Case>> lists) {
  std::vector<Case> cases{bare_clock()};
  for (const auto& list : lists) cases.insert(cases.end(), list.begin(), list.end());
  return cases;
}

// In this thread, with a request active.
std::vector<Samples> collect_here(std::span<const Case> cases, std::size_t batches) {
  const Request request{{.kind = "bench", .tenant = "acme"}};
  return run_interleaved(cases, batches, 4 * batches);
}

std::vector<Figure> figures_of_first_events(Session& session, unsigned threads) {
  session.renew();
  FirstEvents found = first_events(threads);
  const double rate = ticks_per_ns();
  const double floor = median(found.clock);
  const auto figure = [&](std::vector<double>& ticks) {
    Figure made;
    made.ns = median(ticks) / rate;
    made.counters = {{"ratio", median(ticks) / floor},
                     {"p25", quantile(ticks, 0.25) / rate},
                     {"p75", quantile(ticks, 0.75) / rate},
                     {"threads", static_cast<double>(ticks.size())}};
    return made;
  };
  return {figure(found.clock), figure(found.unused), figure(found.parked), figure(found.second)};
}

void register_all(Session& session, const Options& options) {
  const std::size_t batches = options.scale<std::size_t>(1500, 5);
  register_cases("recording", with_floor({recorded_cases(), peer_cases()}),
                 [=](std::span<const Case> cases) { return collect_here(cases, batches); });
  register_cases("requests", with_floor({request_cases()}),
                 [=](std::span<const Case> cases) { return collect_here(cases, batches); });
  register_cases("switched_off", with_floor({switched_off_cases()}), [=, &session](std::span<const Case> cases) {
    session.recorder().pause();
    std::vector<Samples> samples = collect_here(cases, batches);
    session.recorder().resume();
    return samples;
  });
  register_cases("compiled_out", with_floor({compiled_out_cases()}),
                 [=](std::span<const Case> cases) { return collect_here(cases, batches); });
  for (const unsigned threads : {1u, 2u, 4u}) {
    register_cases("threads/" + std::to_string(threads), with_floor({recorded_cases()}),
                   [=](std::span<const Case> cases) { return run_in_threads(cases, threads, batches); });
  }
  register_group("first_event", {"bare_clock", "unused_slot", "parked_slot", "second_event"},
                 [=, &session] { return figures_of_first_events(session, options.scale(300u, 8u)); });
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  pin(0);
  Session session;
  if (const std::string problem = session.problem(); !problem.empty()) {
    std::cerr << argv[0] << ": " << problem << "\n";
    return 1;
  }
  register_all(session, options);
  return run_all();
}

}  // namespace
}  // namespace looptape::bench

int main(int argc, char** argv) { return looptape::bench::run(argc, argv); }
