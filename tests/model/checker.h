// An exhaustive checker of one-writer protocols: everything a reader may observe under the C++20 memory model.
//
// For tests only, one exploration at a time, on one thread.  It runs production code over the policy Checked
// (checked_memory.h), never a copy of it.  It never samples, and the machine's own memory order plays no part.
//
// How.  Each location has one logical writer: its stores are ordered by happens-before, also when its ownership
// passes from thread to thread.  The writers run once, one after the other; their stores and fences are logged.
// The modification order of every location is then fixed.  A load of the reader may return any store that is
// neither older than
//   * the newest store to the location that happens before the load,  nor
//   * the store the reader itself last read there (coherence).
// The reader is run again for every sequence of such choices, depth first.  What happens before a point is a
// vector clock over the log.  Synchronisation is the standard's: release store → acquire load; a release fence
// before a store of the same thread → acquire load; either → a load before an acquire fence.  Release sequences
// consist of read-modify-writes only (C++20), and there are none here.  seq_cst counts as acquire and release.
//
// One reduction, which loses nothing: of two permitted stores with the same value the newer is skipped when the
// older synchronises with no more, because then every later choice after the newer is also open after the older.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "looptape/core/memory.h"
#include "tests/model/memory_rules.h"

namespace looptape::model {

using core::Access;
using core::Checked;

// One deliberate weakening of the production text, by label.
struct Mutant {
  enum class Kind {
    kNone,
    kRelaxed,    // the access keeps its place and loses its order
    kNoFence,    // the fence is gone
    kNoRecheck,  // the second look is believed whatever it says
    kLate,       // the writer's store `label` comes after its next store `other`
  };
  Kind kind = Kind::kNone;
  Access label = Access::kCount;
  Access other = Access::kCount;
};

class Execution {
 public:
  // `count` words of memory, all zero.  Words elsewhere take part as soon as they are touched.
  Execution(std::size_t count, Mutant mutant) : mutant_(mutant), arena_(count), locations_(count) {
    for (Location& location : locations_) location.stores.push_back({0, 0, {}});
    current_ = this;
  }
  ~Execution() { current_ = nullptr; }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;
  static Execution* current() { return current_; }

  Checked::Word* words() { return arena_.data(); }

  // ---- while the writers run
  // From here on `thread` (0 .. kThreads - 1) writes.  hand_over: it was told everything so far, by a queue
  // or a lock.  switch_to: it was told nothing; only its own acquires order it after the others.
  void hand_over(unsigned thread) { log_.push_back({Event::kHandOver, thread_ = thread}); }
  void switch_to(unsigned thread) { thread_ = thread; }
  // Everything so far happens before the reader's first step.
  void reader_starts_here() { log_.push_back({Event::kReaderStart, thread_}); }

  // Calls `hook` at every named point of the writers' way: another thread may act there.  Null: nothing.
  void at_points(std::function<void(core::Point)> hook) { hook_ = std::move(hook); }

  // ---- between the writers and the reader
  void writers_done() {
    if (mutant_.kind == Mutant::Kind::kLate) move_late();
    replay();
    reading_ = true;
  }

  // ---- while the reader runs: once from start_reader for every execution, until next_execution is false
  void start_reader() {
    seen_ = reader_start_;
    pending_ = {};
    next_choice_ = 0;
    for (Location& location : locations_) location.last_read = 0;
  }
  bool next_execution() {
    ++executions_;
    while (!choices_.empty() && choices_.back().taken + 1 == choices_.back().options) choices_.pop_back();
    if (choices_.empty()) return false;
    ++choices_.back().taken;
    return true;
  }
  std::uint64_t executions() const { return executions_; }

  // ---- called by the policy
  // "acquire" in a store's order, or "release" in a load's, as read-modify-writes have it, adds nothing.
  std::uint64_t load(Access label, const Checked::Cell& word, std::memory_order order) {
    order = weakened(label, order);
    Location& location = locations_[find(word)];
    if (!reading_) {
      if (acquires(order)) log_.push_back({Event::kAcquire, thread_, label, find(word)});
      return word.value;
    }
    const Store& store = choose(location);
    join(acquires(order) ? seen_ : pending_, store.releases);
    return store.value;
  }
  void store(Access label, Checked::Cell& word, std::uint64_t value, std::memory_order order) {
    assert(!reading_ && "a reader never writes");
    const std::size_t location = find(word);
    word.value = value;
    const bool release = releases(weakened(label, order));
    log_.push_back({Event::kStore, thread_, label, location, value, release});
  }
  void fence(Access label, std::memory_order order) {
    if (mutant_.kind == Mutant::Kind::kNoFence && mutant_.label == label) return;
    if (reading_)
      join(seen_, pending_);
    else if (order != std::memory_order_acquire)
      log_.push_back({Event::kFence, thread_, label});
  }
  bool recheck(Access label, bool unchanged) const {
    return unchanged || (mutant_.kind == Mutant::Kind::kNoRecheck && mutant_.label == label);
  }
  void reached(core::Point point) {
    if (reading_ || hook_ == nullptr) return;
    const auto hook = std::exchange(hook_, nullptr);  // what it does passes points as well
    hook(point);
    if (hook_ == nullptr) hook_ = hook;
  }

 private:
  static constexpr unsigned kThreads = 4;
  static constexpr std::size_t kMaxStores = 64;  // to one location
  using Clock = VectorClock<kThreads>;           // by thread: log positions up to here happen before

  struct Event {
    enum What { kStore, kAcquire, kFence, kHandOver, kReaderStart } what;
    unsigned thread;
    Access label = Access::kCount;
    std::size_t location = 0;
    std::uint64_t value = 0;
    bool release = false;
  };
  struct Store {
    unsigned thread;
    std::uint32_t position;
    Clock releases;  // what an acquiring reader of this store is synchronised with
    std::uint64_t value = 0;
  };
  struct Location {
    std::vector<Store> stores;  // in modification order; the first is the initial value
    std::size_t last_read = 0;
  };
  struct Choice {
    std::uint32_t taken;
    std::uint32_t options;
  };

  std::memory_order weakened(Access label, std::memory_order order) const {
    const bool hit = mutant_.kind == Mutant::Kind::kRelaxed && mutant_.label == label;
    return hit ? std::memory_order_relaxed : order;
  }

  std::size_t find(const Checked::Cell& cell) {
    const std::less<const Checked::Cell*> before;
    if (!before(&cell, arena_.data()) && before(&cell, arena_.data() + arena_.size()))
      return static_cast<std::size_t>(static_cast<const Checked::Word*>(&cell) - arena_.data());
    const auto [entry, fresh] = elsewhere_.try_emplace(&cell, locations_.size());
    if (fresh) {
      locations_.emplace_back();
      locations_.back().stores.push_back({0, 0, {}, cell.value});
    }
    return entry->second;
  }

  // kLate: takes every store `label` out of the log and puts it back behind the next store `other`.
  void move_late() {
    for (std::size_t i = 0; i < log_.size(); ++i) {
      if (log_[i].what != Event::kStore || log_[i].label != mutant_.label) continue;
      std::size_t j = i + 1;
      while (j < log_.size() && (log_[j].what != Event::kStore || log_[j].label != mutant_.other)) ++j;
      if (j == log_.size()) continue;
      const auto first = log_.begin() + static_cast<std::ptrdiff_t>(i);
      std::rotate(first, first + 1, log_.begin() + static_cast<std::ptrdiff_t>(j) + 1);
      --i;  // another one may have taken its place
    }
  }

  // Turns the log into what a reader can choose from.
  void replay() {
    std::array<Clock, kThreads> now{}, fenced{};
    Clock all{};
    for (std::size_t i = 0; i < log_.size(); ++i) {
      const Event& event = log_[i];
      const unsigned t = event.thread;
      now[t][t] = all[t] = static_cast<std::uint32_t>(i + 1);
      std::vector<Store>& stores = locations_[event.location].stores;
      switch (event.what) {
        case Event::kStore:
          stores.push_back({t, now[t][t], event.release ? now[t] : fenced[t], event.value});
          break;
        case Event::kAcquire:
          join(now[t], stores.back().releases);
          break;
        case Event::kFence:
          fenced[t] = now[t];
          break;
        case Event::kHandOver:
          join(now[t], all);
          break;
        case Event::kReaderStart:
          reader_start_ = all;
          break;
      }
    }
  }

  const Store& choose(Location& location) {
    const std::vector<Store>& all = location.stores;
    assert(all.size() <= kMaxStores);
    std::size_t oldest = location.last_read;
    for (std::size_t i = oldest + 1; i < all.size(); ++i)
      if (all[i].position <= seen_[all[i].thread]) oldest = i;
    std::size_t options[kMaxStores];
    std::uint32_t count = 0;
    for (std::size_t i = oldest; i < all.size(); ++i) {
      const bool covered = std::any_of(options, options + count, [&](std::size_t k) {
        return all[k].value == all[i].value && within(all[k].releases, all[i].releases);
      });
      if (!covered) options[count++] = i;
    }
    std::uint32_t taken = 0;
    if (count > 1) {
      if (next_choice_ == choices_.size()) choices_.push_back({0, count});
      taken = choices_[next_choice_++].taken;
    }
    location.last_read = options[taken];
    return all[options[taken]];
  }

  static inline Execution* current_ = nullptr;
  const Mutant mutant_;
  std::vector<Checked::Word> arena_;
  std::unordered_map<const Checked::Cell*, std::size_t> elsewhere_;
  std::vector<Location> locations_;
  std::vector<Event> log_;
  std::function<void(core::Point)> hook_;
  unsigned thread_ = 0;
  bool reading_ = false;
  Clock reader_start_{};
  Clock seen_{};     // what happens before the reader's next step
  Clock pending_{};  // what an acquire fence would add to it
  std::vector<Choice> choices_;
  std::size_t next_choice_ = 0;
  std::uint64_t executions_ = 0;
};

// What an exploration found: the property that broke, or nothing.
struct Outcome {
  const char* broken = nullptr;
  std::uint64_t executions = 0;
};

// Adds up explorations; the first that broke decides.
inline Outcome operator+(Outcome all, Outcome next) {
  if (all.broken == nullptr) all.broken = next.broken;
  all.executions += next.executions;
  return all;
}

// Runs `write(execution, words)` once and `read(words)` for everything it may observe, until it names a broken
// property (a sentence; null = all held).
template <class Write, class Read>
Outcome explore(std::size_t words, Mutant mutant, Write&& write, Read&& read) {
  Execution execution(words, mutant);
  write(execution, execution.words());
  execution.writers_done();
  Outcome outcome;
  do {
    execution.start_reader();
    outcome.broken = read(static_cast<const Checked::Word*>(execution.words()));
  } while (execution.next_execution() && outcome.broken == nullptr);
  outcome.executions = execution.executions();
  return outcome;
}

}  // namespace looptape::model
