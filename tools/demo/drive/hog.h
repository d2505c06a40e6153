// The CPU hog: another process that spins on one CPU, as a batch job beside the server would.
//
// `hog_forever` is what the process started for it runs; `start_hog` starts one from the driver.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/demo/child_process.h"
#include "tools/demo/outcome.h"

namespace looptape::tools::demo {

// The CPUs this process may run on, ascending.
std::vector<int> allowed_cpus();

// Spins on `cpu` with that many threads until SIGTERM ends the process.
void hog_forever(int cpu, std::size_t threads);

Outcome<ChildProcess> start_hog(const std::string& driver, int cpu, std::size_t threads);

}  // namespace looptape::tools::demo
