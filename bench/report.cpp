// Figures that Google Benchmark prints and writes: see report.h.
#include "bench/report.h"

#include <cstring>

namespace looptape::bench {
namespace {

class Group {
 public:
  Group(std::size_t size, std::function<std::vector<Figure>()> measure) : measure_(std::move(measure)), asked_(size) {}

  // The next repetition's figure of one row; measures when it is the first row to ask for it.
  const Figure& next(std::size_t row) {
    const std::size_t repetition = asked_[row]++;
    while (figures_.size() <= repetition) {
      figures_.push_back(measure_());
      figures_.back().resize(asked_.size(), Figure{0, {}, "not measured"});
    }
    return figures_[repetition][row];
  }

 private:
  std::function<std::vector<Figure>()> measure_;
  std::vector<std::size_t> asked_;
  std::vector<std::vector<Figure>> figures_;
};

void report(const Figure& figure, benchmark::State& state) {
  if (!figure.error.empty()) {
    state.SkipWithError(figure.error.c_str());
    return;
  }
  for (auto _ : state) state.SetIterationTime(figure.ns * 1e-9);
  for (const auto& [name, value] : figure.counters) state.counters[name] = value;
}

// ns per operation, and how many floors that is.
std::vector<Figure> figures_of(std::span<const Case> cases, std::vector<Samples> samples) {
  std::vector<Figure> figures(cases.size());
  const double rate = ticks_per_ns();
  const double floor = samples.empty() ? 0 : median(samples[0].ticks);
  for (std::size_t i = 0; i < cases.size() && i < samples.size(); ++i) {
    Figure& figure = figures[i];
    Samples& of = samples[i];
    if (of.ticks.empty() || floor <= 0) {
      figure.error = "every batch was preempted";
      continue;
    }
    const double reads = cases[i].reads > 0 ? cases[i].reads : 1;
    const double middle = median(of.ticks);
    figure.ns = middle / rate;
    figure.counters = {{"ratio", middle / (floor * reads)},
                       {"reads", cases[i].reads},
                       {"p25", quantile(of.ticks, 0.25) / rate},
                       {"p75", quantile(of.ticks, 0.75) / rate},
                       {"batches", static_cast<double>(of.ticks.size())},
                       {"dropped", static_cast<double>(of.dropped)},
                       {"switches", static_cast<double>(of.switches)}};
    if (of.records > 0) {
      figure.counters.emplace_back("bytes_per_record",
                                   static_cast<double>(of.record_bytes) / static_cast<double>(of.records));
      figure.counters.emplace_back("bytes_per_op", static_cast<double>(of.record_bytes) /
                                                       (static_cast<double>(of.ticks.size()) * cases[i].operations));
    }
  }
  return figures;
}

}  // namespace

Options parse(int& argc, char** argv) {
  Options options;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      options.quick = true;
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) std::exit(2);
  benchmark::AddCustomContext("looptape_quick", options.quick ? "true" : "false");
  return options;
}

void register_group(const std::string& group, std::vector<std::string> names,
                    std::function<std::vector<Figure>()> measure, benchmark::TimeUnit unit) {
  const auto shared = std::make_shared<Group>(names.size(), std::move(measure));
  for (std::size_t row = 0; row < names.size(); ++row) {
    benchmark::RegisterBenchmark((group + "/" + names[row]).c_str(),
                                 [shared, row](benchmark::State& state) { report(shared->next(row), state); })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(unit);
  }
}

void register_cases(const std::string& group, std::vector<Case> cases, Collect collect) {
  std::vector<std::string> names;
  for (const Case& what : cases) names.push_back(what.name);
  register_group(group, std::move(names), [cases = std::move(cases), collect = std::move(collect)] {
    return figures_of(cases, collect(cases));
  });
}

int run_all() {
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace looptape::bench
