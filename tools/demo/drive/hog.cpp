// See hog.h.

#include "tools/demo/drive/hog.h"

#include <sched.h>
#include <sys/prctl.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <thread>

namespace looptape::tools::demo {

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

void hog_forever(int cpu, std::size_t threads) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);  // inherited by the threads below
  std::vector<std::thread> spinning;
  for (std::size_t i = 0; i < threads; ++i) {
    spinning.emplace_back([] {
      std::atomic<std::uint64_t> work{0};
      while (true) work.fetch_add(1, std::memory_order_relaxed);
    });
  }
  std::printf("spinning\n");
  std::fflush(stdout);
  for (std::thread& thread : spinning) thread.join();
}

Outcome<ChildProcess> start_hog(const std::string& driver, int cpu, std::size_t threads) {
  auto hog =
      ChildProcess::start({driver, "--hog-cpu", std::to_string(cpu), "--hog-threads", std::to_string(threads)}, true);
  if (hog && hog->first_line() != "spinning") return Outcome<ChildProcess>::failure(driver + ": the hog did not start");
  return hog;
}

}  // namespace looptape::tools::demo
