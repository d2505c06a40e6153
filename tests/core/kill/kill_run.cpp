// One child that records and is killed: see kill_run.h.
#include "tests/core/kill/kill_run.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "tests/core/kill/kill_check.h"

#ifdef LOOPTAPE_MEMORY_POLICY_HEADER
namespace {
looptape::testing::Shared* g_shared = nullptr;  // the child's
}

void looptape::core::KillingMemory::reach() noexcept {
  g_shared->reached = static_cast<std::uint64_t>(::syscall(SYS_gettid));
  if (g_shared->hold == 0) ::kill(::getpid(), SIGKILL);
  while (true) ::pause();  // until the signal is delivered
}
#endif

namespace looptape::testing {
namespace {

constexpr std::uint64_t kMostIterations = 400'000;  // the plan comes first

void arm([[maybe_unused]] Shared& shared, [[maybe_unused]] const KillPlan& plan) {
#ifdef LOOPTAPE_MEMORY_POLICY_HEADER
  g_shared = &shared;
  core::KillingMemory::passings_left = plan.passing;
  if (plan.point) core::KillingMemory::chosen_point = static_cast<unsigned>(*plan.point);
#else
  if (plan.point) ::_exit(2);  // production has no such points
#endif
}

// A timer whose signal is SIGKILL: it strikes wherever the threads are, without a process that would have to be given
// a CPU first.
void set_timer(std::chrono::nanoseconds after) {
  struct sigevent event {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  struct itimerspec when {};
  when.it_value.tv_nsec = static_cast<long>(after.count());
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || ::timer_settime(timer, 0, &when, nullptr) != 0)
    ::_exit(5);
}

[[noreturn]] void run_child(Shared& shared, const KillPlan& plan, const std::string& directory) {
  core::EngineSettings settings;
  settings.region.service = "killed";
  settings.region.directory = directory;
  settings.region.budget_bytes = std::size_t{2} << 20;
  settings.region.max_threads = 4;
  settings.region.max_in_flight = 16;
  std::string problem;
  core::Engine* const engine = core::Engine::start(settings, &problem);
  if (engine == nullptr || !problem.empty()) ::_exit(3);
  if (plan.prepare) plan.prepare(*engine);
  arm(shared, plan);
  std::atomic<bool> ready{false}, go{false};
  const auto record = [&](std::size_t index) {
    const std::vector<std::string> names = names_of(index);
    if (index == 1) ready = true;
    while (index == 0 ? !ready : !go) continue;  // both have a CPU, or nearly so
    if (index == 0 && plan.after.count() != 0) set_timer(plan.after);
    go = true;
    run_program(shared.threads[index], names, plan.iterations != 0 ? plan.iterations : kMostIterations);
    while (plan.iterations != 0) ::pause();
  };
  std::thread other(record, 1);
  record(0);
  other.join();
  ::_exit(4);  // it should not have come to this
}

// The parent's side of a running child.
class Child {
 public:
  Child(Shared& shared, const KillPlan& plan, const std::string& directory) : shared_(shared), plan_(plan) {
    pid_ = ::fork();
    if (pid_ == 0) run_child(shared, plan, directory);
    if (pid_ < 0) throw std::runtime_error("cannot fork");
  }
  // Empty, or why it did not end as planned.
  std::string end_it() {
    if (plan_.iterations != 0) {
      wait_until([&] { return has_finished(0) && has_finished(1); });
    } else if (plan_.held_for) {
      wait_until([&] { return shared_.reached != 0; });
      const std::size_t other = shared_.threads[0].tid == shared_.reached ? 1 : 0;
      const std::uint64_t enough = iterations(other) + *plan_.held_for;
      wait_until([&] { return iterations(other) >= enough; });
    }
    if (!ended_ && (plan_.iterations != 0 || plan_.held_for)) ::kill(pid_, SIGKILL);
    if (!ended_) ::waitpid(pid_, &status_, 0);
    if (WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL) return {};
    return "it was not killed: status " + std::to_string(status_);
  }

 private:
  std::uint64_t iterations(std::size_t thread) const { return iteration_of(shared_.threads[thread].done); }
  bool has_finished(std::size_t thread) const {
    return shared_.threads[thread].done >= position(plan_.iterations, Step::kEvent);
  }
  template <class Condition>
  void wait_until(Condition condition) {
    while (!ended_ && !condition()) {
      ::sched_yield();
      ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
    }
  }

  Shared& shared_;
  const KillPlan& plan_;
  pid_t pid_ = 0;
  int status_ = 0;
  bool ended_ = false;
};

std::string only_file(const std::string& directory) {
  const std::string inner = directory + "/looptape-" + std::to_string(::geteuid());
  std::string found;
  for (const auto& entry : std::filesystem::directory_iterator(inner)) found = entry.path().string();
  return found;
}

}  // namespace

KillResult kill_once(const KillPlan& plan, const std::string& directory) {
  void* const page = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::runtime_error("no shared page");
  Shared& shared = *new (page) Shared;
  shared.hold = plan.held_for.has_value();
  KillResult result;
  result.problem = Child(shared, plan, directory).end_it();
  const std::string path = only_file(directory);
  if (result.problem.empty()) check_left_behind(path, plan, shared, &result);
  ::unlink(path.c_str());
  ::munmap(page, sizeof(Shared));
  return result;
}

}  // namespace looptape::testing
