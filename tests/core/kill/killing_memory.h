// The memory policy of the kill test: production's, and each named point can be the last thing the process does.
//
// Included by looptape/core/memory.h inside namespace looptape::core, for programs that link looptape_core_killable.
// Any thread; the n-th passing of the chosen point sends SIGKILL, which no handler and no cleanup sees.

struct KillingMemory : StdMemory {
  template <Point P>
  static void point() noexcept {
    if (static_cast<unsigned>(P) == chosen_point.load(std::memory_order_relaxed) &&
        passings_left.fetch_sub(1, std::memory_order_relaxed) == 1)
      die();
  }
  static void die() noexcept;  // kill_run.cpp

  inline static std::atomic<unsigned> chosen_point{static_cast<unsigned>(Point::kCount)};  // kCount: none
  inline static std::atomic<std::int64_t> passings_left{0};
};
using Memory = KillingMemory;
