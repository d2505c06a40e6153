// A bounded checker of protocols in which several threads write: production code runs as it is, thread by thread, on
// fibers of one thread, over the policy Checked (checked_memory.h).
//
// For tests only, one exploration at a time.  Depth first over two kinds of choices:
//   * who goes on.  A thread goes on by itself until it ends or is switched away from; at most Bounds::switches times
//   in
//     an execution is one switched away from.
//   * what a load returns: the newest store, or any older one that neither happens-before order nor coherence forbids;
//     at most Bounds::stale times in an execution an older one.  A queue or stack whose elements were all pushed by
//     something that does not happen before may also be found empty, at the same price.
// The memory model is C++20's, with vector clocks: release and acquire, fences, release sequences (read-modify-writes
// continue them), seq_cst fences in one order.  Not explored: stores to one location in another order than they were
// made in, loads of values not stored yet (load buffering).
//
// Points of switching.  A thread's store to a location only it writes is made at once, a load as late as its next
// write: neither loses an execution, because others may read older values anyhow.  So a switch is only tried before an
// access that reads what others write, or writes where others write, when the thread has written since the last point.
// Which locations those are is learned while exploring; what is learned too late starts the exploration again.
#pragma once

#include <ucontext.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "looptape/core/writer.h"
#include "tests/model/checker.h"
#include "tests/model/memory_rules.h"

namespace looptape::model {

namespace property {
inline constexpr char kToldOf[] = "who reads what another thread made has been told of it";
}  // namespace property

struct Bounds {
  unsigned switches;
  unsigned stale;
};

class Interleaving {
 public:
  static constexpr unsigned kThreads = 5;  // 0: whoever prepares and judges
  using Clock = VectorClock<kThreads>;

  Interleaving(Mutant mutant, Bounds bounds) : mutant_(mutant), bounds_(bounds) {}
  Interleaving(const Interleaving&) = delete;
  Interleaving& operator=(const Interleaving&) = delete;
  static Interleaving* current() { return current_; }

  // ---- before the exploration
  // A thread; `writer` is its own from the beginning, where it has one already.
  void thread(std::function<void()> body, core::Writer* writer = nullptr);
  // Plain memory that every execution finds as it is now.
  void keep(void* at, std::size_t bytes);
  template <class T>
  void keep(T& object) {
    static_assert(std::is_trivially_copyable_v<T>);
    keep(&object, sizeof object);
  }
  // Explores everything within the bounds.  `judge` runs after each execution and sees what every location holds in the
  // end; it returns the property that broke, or null.
  Outcome explore(const std::function<const char*()>& judge);

  // ---- while a thread runs
  // A property broke.
  void fail(const char* property) {
    if (broken_ == nullptr) broken_ = property;
  }
  // This thread made the plain memory here just now: who reads a core::Plain in it must have been told.
  void wrote(const void* at, std::size_t bytes);

  // ---- called by the policy and by the queues
  std::uint64_t load(Access label, const Checked::Cell& cell, std::memory_order order);
  void store(Access label, Checked::Cell& cell, std::uint64_t value, std::memory_order order);
  std::uint64_t read_newest(Access label, const Checked::Cell& cell, std::memory_order order);
  void write_next(Access label, Checked::Cell& cell, std::uint64_t value, std::memory_order order);
  bool compare_exchange(Access label, Checked::Cell& cell, std::uint64_t& expected, std::uint64_t desired,
                        std::memory_order order);
  void fence(Access label, std::memory_order order);
  bool recheck(Access label, bool unchanged) const {
    return unchanged || (mutant_.kind == Mutant::Kind::kNoRecheck && mutant_.label == label);
  }
  void read_plain(const void* where);

  // A step on a queue or stack, which counts as a read-modify-write of `queue`.
  void queue_step(const Checked::Cell& queue);
  // What a push hands over, and whether this thread knows of it anyhow.
  struct Pushed {
    unsigned thread = 0;
    std::uint32_t stamp = 0;
    Clock releases{};
  };
  Pushed push() const { return {thread_, now_[thread_][thread_], now_[thread_]}; }
  void pop(const Pushed& pushed) { join(now_[thread_], pushed.releases); }
  bool known(const Pushed& pushed) const { return pushed.stamp <= now_[thread_][pushed.thread]; }
  bool may_seem_empty() { return stale_left_ > 0 && choose(2) == 1 && stale_left_-- > 0; }

 private:
  struct Store {
    unsigned thread;
    std::uint32_t stamp;
    Clock releases;
    std::uint64_t value;
  };
  struct Location {
    Checked::Cell* cell;
    std::vector<Store> stores;  // in modification order; the first is what it held at the beginning
    std::array<std::uint32_t, kThreads> last_read{};
    bool touched = false;
    unsigned writers = 0, readers = 0;  // bit masks, learned
  };
  struct Choice {
    std::uint32_t taken, options;
  };
  struct Kept {
    void* at;
    std::vector<unsigned char> bytes;
  };
  struct Made {
    const unsigned char *begin, *end;
    unsigned thread;
    std::uint32_t stamp;
  };
  struct Thread {
    std::function<void()> body;
    core::Writer* writer;
    std::unique_ptr<unsigned char[]> stack;
    ucontext_t context;
    bool done;
  };
  enum class Use { kLoad, kStore, kModify };

  std::memory_order weakened(Access label, std::memory_order order) const {
    const bool hit = mutant_.kind == Mutant::Kind::kRelaxed && mutant_.label == label;
    return hit ? std::memory_order_relaxed : order;
  }

  Location& find(const Checked::Cell& cell);
  void use(Location& location, Use use);
  std::size_t oldest_visible(const Location& location) const;
  void read(Location& location, std::size_t index, std::memory_order order);
  void append(Location& location, std::uint64_t value, const Clock& releases);
  std::uint32_t choose(std::uint32_t options);
  void point();
  void switch_to_main();
  void run_once();
  void pick_next();
  void begin_execution();
  void end_execution();
  bool next_execution();
  static void enter_fiber();

  static inline Interleaving* current_ = nullptr;
  const Mutant mutant_;
  const Bounds bounds_;
  std::vector<Thread> threads_;
  std::vector<Kept> kept_;
  std::unordered_map<const Checked::Cell*, Location> locations_;
  std::vector<Location*> touched_;
  std::vector<Made> made_;
  std::vector<Choice> choices_;
  std::size_t next_choice_ = 0;
  bool learning_ = false, learned_ = false;
  std::uint64_t random_ = 1;
  ucontext_t main_{};
  unsigned thread_ = 0;  // who runs
  unsigned next_ = 0;    // who runs next
  unsigned switches_left_ = 0, stale_left_ = 0;
  std::array<Clock, kThreads> now_{}, pending_{}, fenced_{};
  std::array<bool, kThreads> dirty_{};
  Clock sequential_{};
  const char* broken_ = nullptr;
};

// What must be as it was at the beginning of every execution: the queues and stacks under core's pools.
class Restorable {
 public:
  Restorable() { all().push_back(this); }
  virtual ~Restorable() { std::erase(all(), this); }
  Restorable(const Restorable&) = delete;
  Restorable& operator=(const Restorable&) = delete;
  virtual void save() = 0;
  virtual void restore() = 0;
  static std::vector<Restorable*>& all();
};

}  // namespace looptape::model
