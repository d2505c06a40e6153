// Runs every schedule within the bounds: see interleaver.h.
#include "tests/model/interleaver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace looptape::model {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} << 10;
constexpr unsigned kLearningRuns = 200;

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "interleaver: %s\n", why);
  std::abort();
}

}  // namespace

std::vector<Restorable*>& Restorable::all() {
  static std::vector<Restorable*> list;
  return list;
}

void Interleaving::thread(std::function<void()> body, core::Writer* writer) {
  if (threads_.size() + 1 >= kThreads) give_up("too many threads");
  threads_.push_back({std::move(body), writer != nullptr ? writer : core::t_writer, nullptr, {}, false});
  threads_.back().stack = std::make_unique<unsigned char[]>(kStackBytes);
}

void Interleaving::keep(void* at, std::size_t bytes) {
  kept_.push_back({at, std::vector<unsigned char>(bytes)});
  std::memcpy(kept_.back().bytes.data(), at, bytes);
}

void Interleaving::wrote(const void* at, std::size_t bytes) {
  const auto* const begin = static_cast<const unsigned char*>(at);
  made_.push_back({begin, begin + bytes, thread_, ++now_[thread_][thread_]});
}

void Interleaving::read_plain(const void* where) {
  for (const Made& made : made_)
    if (where >= made.begin && where < made.end && made.stamp > now_[thread_][made.thread]) fail(property::kToldOf);
}

// ---- locations

Interleaving::Location& Interleaving::find(const Checked::Cell& cell) {
  Location& location = locations_[&cell];
  if (!location.touched) {
    location.touched = true;
    location.cell = const_cast<Checked::Cell*>(&cell);  // to be restored
    location.stores.clear();
    location.stores.push_back({0, 0, {}, cell.value});
    location.last_read.fill(0);
    touched_.push_back(&location);
  }
  return location;
}

// Comes before every access.
void Interleaving::use(Location& location, Use use) {
  const unsigned me = 1u << thread_;
  const unsigned before = location.writers | location.readers << kThreads;
  if (use != Use::kStore) location.readers |= me;
  if (use != Use::kLoad) location.writers |= me;
  if ((location.writers | location.readers << kThreads) != before) learned_ = true;
  if (dirty_[thread_] && (location.writers & ~me) != 0) point();
  if (use != Use::kLoad && ((location.writers | location.readers) & ~me) != 0) dirty_[thread_] = true;
}

std::size_t Interleaving::oldest_visible(const Location& location) const {
  std::size_t oldest = location.last_read[thread_];
  for (std::size_t i = oldest + 1; i < location.stores.size(); ++i)
    if (location.stores[i].stamp <= now_[thread_][location.stores[i].thread]) oldest = i;
  return oldest;
}

void Interleaving::read(Location& location, std::size_t index, std::memory_order order) {
  location.last_read[thread_] = static_cast<std::uint32_t>(index);
  join(acquires(order) ? now_[thread_] : pending_[thread_], location.stores[index].releases);
}

void Interleaving::append(Location& location, std::uint64_t value, const Clock& releases) {
  location.last_read[thread_] = static_cast<std::uint32_t>(location.stores.size());
  location.stores.push_back({thread_, now_[thread_][thread_], releases, value});
  location.cell->value = value;
}

std::uint64_t Interleaving::load(Access label, const Checked::Cell& cell, std::memory_order order) {
  order = weakened(label, order);
  Location& location = find(cell);
  use(location, Use::kLoad);
  const std::vector<Store>& all = location.stores;
  const std::size_t oldest = oldest_visible(location);
  std::size_t options[8];  // from the newest on; more are not needed within any bound
  std::uint32_t count = 0;
  for (std::size_t i = all.size(); i-- > oldest && count < std::size(options);) {
    // Not this one when an older one says the same and tells no more: afterwards everything is open that is after this.
    bool covered = false;
    for (std::size_t k = oldest; k < i && !covered; ++k)
      covered = all[k].value == all[i].value && within(all[k].releases, all[i].releases);
    if (!covered) options[count++] = i;
    if (stale_left_ == 0) break;
  }
  std::size_t index = count == 0 ? all.size() - 1 : options[0];
  if (stale_left_ == 0) {
    index = all.size() - 1;
  } else if (count > 1) {
    const std::uint32_t taken = choose(count);
    if (taken > 0) --stale_left_;
    index = options[taken];
  }
  read(location, index, order);
  return all[index].value;
}

void Interleaving::store(Access label, Checked::Cell& cell, std::uint64_t value, std::memory_order order) {
  order = weakened(label, order);
  Location& location = find(cell);
  use(location, Use::kStore);
  ++now_[thread_][thread_];
  append(location, value, releases(order) ? now_[thread_] : fenced_[thread_]);
}

std::uint64_t Interleaving::read_newest(Access label, const Checked::Cell& cell, std::memory_order order) {
  Location& location = find(cell);
  use(location, Use::kModify);
  read(location, location.stores.size() - 1, weakened(label, order));
  return location.stores.back().value;
}

void Interleaving::write_next(Access label, Checked::Cell& cell, std::uint64_t value, std::memory_order order) {
  order = weakened(label, order);
  Location& location = find(cell);
  ++now_[thread_][thread_];
  Clock releases_now = location.stores.back().releases;  // a read-modify-write continues the release sequence
  join(releases_now, releases(order) ? now_[thread_] : fenced_[thread_]);
  append(location, value, releases_now);
}

bool Interleaving::compare_exchange(Access label, Checked::Cell& cell, std::uint64_t& expected, std::uint64_t desired,
                                    std::memory_order order) {
  Location& location = find(cell);
  use(location, Use::kModify);
  std::size_t index = location.stores.size() - 1;
  if (location.stores[index].value == expected && stale_left_ > 0) {
    // It may also fail on an older value.
    const std::size_t oldest = oldest_visible(location);
    std::size_t other = index;
    while (other > oldest && location.stores[other].value == expected) --other;
    if (location.stores[other].value != expected && choose(2) == 1) {
      --stale_left_;
      index = other;
    }
  }
  read(location, index, weakened(label, order));
  if (location.stores[index].value != expected) {
    expected = location.stores[index].value;
    return false;
  }
  write_next(label, cell, desired, order);
  return true;
}

void Interleaving::fence(Access label, std::memory_order order) {
  if (mutant_.kind == Mutant::Kind::kNoFence && mutant_.label == label) return;
  const unsigned t = thread_;
  if (order == std::memory_order_seq_cst && dirty_[t]) point();
  if (acquires(order)) join(now_[t], pending_[t]);
  if (order == std::memory_order_seq_cst) {
    join(now_[t], sequential_);
    ++now_[t][t];
    join(sequential_, now_[t]);
    dirty_[t] = true;
  }
  if (releases(order)) fenced_[t] = now_[t];
}

void Interleaving::queue_step(const Checked::Cell& queue) {
  use(find(queue), Use::kModify);
  ++now_[thread_][thread_];
}

// ---- choices

std::uint32_t Interleaving::choose(std::uint32_t options) {
  if (learning_) {
    random_ = core::mix64(random_ + 0x9e3779b97f4a7c15ULL);
    return static_cast<std::uint32_t>(random_ % 3 != 0 ? 0 : random_ / 3 % options);
  }
  if (next_choice_ == choices_.size()) choices_.push_back({0, options});
  const Choice choice = choices_[next_choice_++];
  if (choice.options != options) give_up("an execution did not repeat itself");
  return choice.taken;
}

bool Interleaving::next_execution() {
  while (!choices_.empty() && choices_.back().taken + 1 == choices_.back().options) choices_.pop_back();
  if (choices_.empty()) return false;
  ++choices_.back().taken;
  return true;
}

// ---- threads

// Another thread may go on here.
void Interleaving::point() {
  dirty_[thread_] = false;
  if (switches_left_ == 0) return;
  std::uint32_t others = 0;
  for (unsigned t = 1; t <= threads_.size(); ++t) others += t != thread_ && !threads_[t - 1].done;
  if (others == 0) return;
  std::uint32_t taken = choose(others + 1);
  if (taken == 0) return;
  --switches_left_;
  for (unsigned t = 1; t <= threads_.size(); ++t) {
    if (t == thread_ || threads_[t - 1].done || --taken != 0) continue;
    next_ = t;
    switch_to_main();
    return;
  }
}

void Interleaving::switch_to_main() {
  Thread& me = threads_[thread_ - 1];
  const unsigned id = thread_;
  me.writer = core::t_writer;
  ::swapcontext(&me.context, &main_);
  thread_ = id;
  core::t_writer = me.writer;
}

void Interleaving::enter_fiber() {
  Interleaving& run = *current_;
  Thread& me = run.threads_[run.thread_ - 1];
  me.body();
  me.done = true;
  ::setcontext(&run.main_);
}

// Whoever may go first, or after one has ended.
void Interleaving::pick_next() {
  std::uint32_t left = 0;
  for (const Thread& thread : threads_) left += !thread.done;
  next_ = 0;
  if (left == 0) return;
  std::uint32_t taken = left > 1 ? choose(left) : 0;
  for (unsigned t = 1; t <= threads_.size(); ++t) {
    if (threads_[t - 1].done || taken-- != 0) continue;
    next_ = t;
    return;
  }
}

void Interleaving::begin_execution() {
  now_ = pending_ = fenced_ = {};
  sequential_ = {};
  dirty_ = {};
  made_.clear();
  next_choice_ = 0;
  broken_ = nullptr;
  switches_left_ = learning_ ? 1000 : bounds_.switches;
  stale_left_ = learning_ ? 1000 : bounds_.stale;
  for (Thread& thread : threads_) {
    thread.done = false;
    ::getcontext(&thread.context);
    thread.context.uc_stack.ss_sp = thread.stack.get();
    thread.context.uc_stack.ss_size = kStackBytes;
    thread.context.uc_link = nullptr;
    ::makecontext(&thread.context, &Interleaving::enter_fiber, 0);
  }
}

void Interleaving::run_once() {
  core::Writer* const mine = core::t_writer;
  std::vector<core::Writer*> writers;
  for (const Thread& thread : threads_) writers.push_back(thread.writer);
  begin_execution();
  current_ = this;
  pick_next();
  while (next_ != 0) {
    thread_ = next_;
    next_ = 0;
    core::t_writer = threads_[thread_ - 1].writer;
    ::swapcontext(&main_, &threads_[thread_ - 1].context);
    if (next_ == 0) pick_next();
  }
  current_ = nullptr;
  thread_ = 0;
  core::t_writer = mine;
  for (std::size_t i = 0; i < threads_.size(); ++i) threads_[i].writer = writers[i];
}

// Everything is as it was.
void Interleaving::end_execution() {
  for (Location* const location : touched_) {
    location->cell->value = location->stores.front().value;
    location->touched = false;
  }
  touched_.clear();
  for (const Kept& kept : kept_) std::memcpy(kept.at, kept.bytes.data(), kept.bytes.size());
  for (Restorable* const queue : Restorable::all()) queue->restore();
}

Outcome Interleaving::explore(const std::function<const char*()>& judge) {
  for (Restorable* const queue : Restorable::all()) queue->save();
  Outcome outcome;
  const auto once = [&] {
    run_once();
    if (broken_ == nullptr) broken_ = judge();
    end_execution();
    ++outcome.executions;
    outcome.broken = broken_;
    return broken_ == nullptr;
  };
  learning_ = true;
  for (unsigned i = 0; i < kLearningRuns; ++i) {
    random_ = i;
    if (!once()) return outcome;
  }
  learning_ = false;
  do {
    learned_ = false;
    if (!once()) return outcome;
    if (learned_) choices_.clear();
  } while (learned_ || next_execution());
  return outcome;
}

}  // namespace looptape::model
