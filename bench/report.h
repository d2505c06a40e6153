// How the figures of an own measurement are reported through Google Benchmark.
//
// Used by the benchmarks' main functions, one thread.  A group is measured as a whole (its cases take turns), then each
// of its figures appears as a benchmark of its own with a manual time; a repetition is a whole new measurement.
#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/batch.h"

namespace looptape::bench {

struct Figure {
  double ns = 0;  // the time that is reported
  std::vector<std::pair<std::string, double>> counters;
  std::string error;  // not empty: there is no figure, and this is why
};

// What the command line asks for: Google Benchmark's flags, and --quick, which shows that the benchmark runs and
// measures nothing worth reading.
struct Options {
  bool quick = false;
  // `full`, or what is enough to have run.
  template <class T>
  T scale(T full, T quick_instead) const {
    return quick ? quick_instead : full;
  }
};

// Takes our own flags and Google Benchmark's off the command line; exits on an unknown one.
Options parse(int& argc, char** argv);

// Registers `names` as benchmarks; `measure` gives their figures in the same order and is called once per repetition.
void register_group(const std::string& group, std::vector<std::string> names,
                    std::function<std::vector<Figure>()> measure, benchmark::TimeUnit unit = benchmark::kNanosecond);

// Registers cases that take turns; the first one is the floor.  `collect` runs them; by default in this thread.
using Collect = std::function<std::vector<Samples>(std::span<const Case>)>;
void register_cases(const std::string& group, std::vector<Case> cases, Collect collect);

// Runs what is registered and was not filtered out.  The program's exit code.
int run_all();

}  // namespace looptape::bench
