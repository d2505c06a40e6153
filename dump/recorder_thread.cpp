// The recorder's own thread: see recorder_thread.h.
#include "dump/recorder_thread.h"

#include <signal.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <memory>

#include "core/clock.h"
#include "core/measure_text.h"
#include "core/names.h"
#include "dump/snapshot.h"
#include "looptape/core/clock.h"

namespace looptape::dump {
namespace {
constexpr std::uint64_t kHousekeepingNs = 1'000'000'000;
// Slow requests come in clusters: fresh pages for each dump would make up most of its time.
constexpr std::uint64_t kSurplusKeptNs = 60 * std::uint64_t{1'000'000'000};
// Staging made at one go: some milliseconds, in which no trigger is heard.
constexpr std::size_t kGrowBytes = std::size_t{1} << 20;
// So short that a string holds them without memory of its own.
constexpr char kNoMemory[] = "no memory", kEnded[] = "it has stopped";

void add(core::Engine& engine, std::size_t word) {
  engine.region.header(word).fetch_add(1, std::memory_order_relaxed);  // a counter
}
}  // namespace

RecorderThread::RecorderThread(core::Engine& engine, Settings settings)
    : engine_(engine), settings_(std::move(settings)), policy_(settings_.policy) {}

RecorderThread::~RecorderThread() { stop(); }

bool RecorderThread::start() {
  // The thread must never run the application's signal handlers: it is created with everything blocked.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  started_ = ::pthread_create(&thread_, nullptr, &RecorderThread::run, this) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started_;
}

void RecorderThread::stop() {
  if (!started_) return;
  stopping_.store(true, std::memory_order_release);  // P22, pairs with loop()
  engine_.triggers.wake();
  ::pthread_join(thread_, nullptr);
  started_ = false;
}

void* RecorderThread::run(void* self) {
  static_cast<RecorderThread*>(self)->loop();
  return nullptr;
}

// Nothing that goes wrong in `work` may end the host; it is said, unless there is no memory even for that.
template <class Work>
void RecorderThread::guarded(const char* what, const Work& work) {
  const auto tell = [&](const char* why) {
    try {
      say(std::string(what) + ": " + why);
    } catch (...) {
    }
  };
  try {
    work();
  } catch (const std::exception& error) {
    tell(error.what());
  } catch (...) {
    tell("an exception of an unknown type");
  }
}

void RecorderThread::loop() {
  std::uint64_t housekeeping_due = core::monotonic_ns();
  while (!stopping_.load(std::memory_order_acquire)) {  // P22, pairs with stop()
    std::uint64_t now = core::monotonic_ns();
    if (now >= housekeeping_due) {
      guarded("housekeeping", [this] { housekeeping(); });
      housekeeping_due = now + kHousekeepingNs;
    }
    guarded("triggers", [&] { hear(now); });
    if (!policy_.next_due()) look_after_old_regions();
    serve_waiting();
    if (const auto due = policy_.take_due(core::monotonic_ns())) {
      dump(due->trigger, std::move(early_));
      continue;
    }
    const std::uint64_t due = std::min(housekeeping_due, policy_.next_due().value_or(housekeeping_due));
    engine_.triggers.wait_until(grow() ? 0 : due);
  }
  guarded("triggers", [this] { hear(core::monotonic_ns()); });
  if (const auto due = policy_.take_due(std::numeric_limits<std::uint64_t>::max()))
    dump(due->trigger, std::move(early_));
  look_after_old_regions();
  publish_counts();
  const std::lock_guard lock(mutex_);
  ended_ = true;  // nobody waits for ever
  if (asked_ != nullptr && !answered_ready_) {
    answer_ = {};
    answer_.error = kEnded;
    answered_ready_ = true;
  }
  answered_.notify_all();
}

void RecorderThread::look_after_old_regions() {
  if (looked_after_old_regions_) return;
  looked_after_old_regions_ = true;
  if (settings_.at_start) guarded("old regions", settings_.at_start);
}

void RecorderThread::say(const std::string& text) {
  if (!settings_.say) return;
  try {
    settings_.say(text);
  } catch (...) {  // the application's; there is nobody left to tell
  }
}

// No more at one go than the queue holds: whoever never stops posting must not keep this thread from its other work.
// What is left came after the last drain of the semaphore, and so wakes the thread again.
void RecorderThread::hear(std::uint64_t now_ns) {
  core::TriggerPost post;
  std::size_t heard = 0;
  while (heard < core::TriggerQueue::kCapacity && engine_.triggers.pop(&post)) {
    ++heard;
    if (policy_.offer(post, fired_ns(post, now_ns)) != TriggerPolicy::Verdict::kScheduled) continue;
    if (const std::uint64_t due = policy_.next_due().value_or(0); due > now_ns)
      guarded("the part of the look-back that a delay would lose", [&] { copy_early(due - now_ns); });
  }
  if (heard != 0) publish_counts();
}

// When the trigger fired, as CLOCK_MONOTONIC tells it.
std::uint64_t RecorderThread::fired_ns(const core::TriggerPost& post, std::uint64_t now_ns) const {
  const std::uint64_t now = engine_.now();
  if (post.tick >= now) return now_ns;
  const auto ago = static_cast<std::uint64_t>(static_cast<double>(now - post.tick) / engine_.ticks_per_ns);
  return now_ns - std::min(ago, now_ns);
}

void RecorderThread::copy_early(std::uint64_t left_ns) {
  // What writers would recycle during the delay is saved now; finish() appends the rest.
  const auto ticks = static_cast<std::uint64_t>(static_cast<double>(left_ns) * engine_.ticks_per_ns);
  auto snapshot = std::make_unique<Snapshot>(engine_);
  const std::size_t risk = snapshot->at_risk(ticks);
  if (risk == 0) return;
  const std::size_t margin = std::min(risk + risk / 2 + 1, engine_.region.chunk_count());
  if (!snapshot->reserve(margin, std::move(staging_))) {
    keep({});
    return;
  }
  snapshot->copy_oldest(margin);
  early_ = std::move(snapshot);
  publish_staging();
}

// The memory of the next copy comes into being as the region fills, a part of it at a time; true: there is more to do.
// Made by the copy itself it would take several times as long as that, and on a busy machine so long that writers
// overwrite what is yet to be copied.  And a host at its memory limit learns of it now, not in the spike that is
// dumped.
bool RecorderThread::grow() {
  if (early_) return false;
  const bool more = grow_staging(engine_, staging_, kGrowBytes);
  publish_staging();
  return more;
}

void RecorderThread::housekeeping() {
  const core::ClockReading reading = core::read_clocks(engine_.tsc);
  engine_.region.write_anchor(reading.tick, reading.monotonic_ns, reading.wall_ns);
  engine_.slots->reclaim();
  if (reading.monotonic_ns >= surplus_until_ns_) {
    shrink_staging(engine_, staging_);
    publish_staging();
  }
  publish_counts();
  const auto broken = static_cast<std::size_t>(core::Loss::kBrokenInvariant);
  if (!said_broken_ &&
      engine_.region.header(core::header::kLosses + broken).load(std::memory_order_relaxed) != 0) {  // a counter
    said_broken_ = true;
    say("recording stopped itself: an invariant of the chunk pool was broken (a bug; the host goes on)");
  }
}

void RecorderThread::publish_counts() {
  for (std::size_t kind = 0; kind < core::kTriggerKinds; ++kind) {
    const auto of = static_cast<core::TriggerKind>(kind);
    engine_.region.header(core::header::kTriggersSeen + kind)
        .store(policy_.seen(of), std::memory_order_relaxed);  // a counter
    engine_.region.header(core::header::kTriggersSuppressed + kind)
        .store(policy_.suppressed(of), std::memory_order_relaxed);  // a counter
  }
  engine_.region.header(core::header::kRecorderCpu)
      .store(core::thread_cpu_ns(), std::memory_order_relaxed);  // a counter
}

Trigger RecorderThread::describe(const core::TriggerPost& post, std::uint64_t snapshot_tick) const {
  const auto ns = [&](std::uint64_t ticks) {
    return static_cast<std::uint64_t>(static_cast<double>(ticks) / engine_.ticks_per_ns);
  };
  Trigger trigger;
  trigger.kind = post.kind;
  trigger.name = core::name_text(post.name, &trigger.name_cut);
  trigger.tick = post.tick;
  trigger.request = post.request;
  trigger.value_ns = ns(post.value);
  trigger.limit_ns = post.limit != 0 ? engine_.slow_limit_ns(post.name) : 0;
  trigger.delay_ns = snapshot_tick > post.tick ? ns(snapshot_tick - post.tick) : 0;
  return trigger;
}

DumpOutcome RecorderThread::snapshot_and_write(const core::TriggerPost& post, std::unique_ptr<Snapshot> snapshot) {
  if (!snapshot) {
    snapshot = std::make_unique<Snapshot>(engine_);
    if (!snapshot->reserve(0, std::move(staging_))) {
      keep({});
      return {{}, "no memory for a copy of the region (" + core::bytes_text(engine_.region.bytes()) + ")", false};
    }
  }
  RegionCopy copy = snapshot->finish(staging_bytes());
  snapshot.reset();  // the reserve is for the next one: the writers need it no longer
  DumpOutcome outcome = settings_.write(copy, describe(post, copy.snapshot_tick));
  keep(std::move(copy.chunks).release());
  return outcome;
}

void RecorderThread::keep(Staging staging) {
  staging_ = std::move(staging);
  surplus_until_ns_ = core::monotonic_ns() + kSurplusKeptNs;
  publish_staging();
}

// Of no dump that is being made.
std::size_t RecorderThread::staging_bytes() const {
  return staging_.resident() + (early_ ? early_->staging_bytes() : 0);
}

void RecorderThread::publish_staging() {
  engine_.region.header(core::header::kStagingBytes).store(staging_bytes(), std::memory_order_relaxed);  // a counter
}

DumpOutcome RecorderThread::dump(const core::TriggerPost& post, std::unique_ptr<Snapshot> begun) {
  publish_counts();
  DumpOutcome outcome;
  const auto give_up = [&](const char* why) {
    keep({});  // whatever the snapshot held is gone
    outcome = {};
    try {
      outcome.error = why;
    } catch (...) {
      outcome.error = kNoMemory;
    }
  };
  try {
    outcome = snapshot_and_write(post, std::move(begun));
  } catch (const std::exception& error) {
    give_up(error.what());
  } catch (...) {
    give_up("an exception of an unknown type");
  }
  const bool made = !outcome.path.empty();
  add(engine_, made              ? core::header::kDumpsWritten
               : outcome.refused ? core::header::kDumpsRefusedByBudget
                                 : core::header::kDumpsFailed);
  guarded("what became of a dump", [&] {
    if (!made) {
      say("a dump was given up: " + outcome.error);
    } else if (!outcome.error.empty()) {
      say(outcome.error);
    }
  });
  publish_counts();
  return outcome;
}

DumpOutcome RecorderThread::dump_and_wait(const core::TriggerPost& trigger) {
  if (!started_) return {{}, "the recorder's thread does not run", false};
  if (::pthread_equal(thread_, ::pthread_self()) != 0)
    return {{}, "the recorder's own thread cannot wait for a dump", false};
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [&] { return asked_ == nullptr || ended_; });  // somebody else's turn
  if (ended_) return {{}, "the recorder stopped", false};
  asked_ = &trigger;
  answered_ready_ = false;
  engine_.triggers.wake();
  answered_.wait(lock, [&] { return answered_ready_; });
  asked_ = nullptr;
  DumpOutcome outcome = std::move(answer_);
  answered_.notify_all();
  return outcome;
}

void RecorderThread::serve_waiting() {
  core::TriggerPost post;
  {
    const std::lock_guard lock(mutex_);
    if (asked_ == nullptr || answered_ready_) return;
    post = *asked_;
  }
  guarded("triggers", [this] { hear(core::monotonic_ns()); });  // what fired before it was asked for is seen before it
  policy_.note_served(post.kind);
  DumpOutcome outcome = dump(post, nullptr);  // what was begun for a dump that waits stays with that
  const std::lock_guard lock(mutex_);
  answer_ = std::move(outcome);
  answered_ready_ = true;
  answered_.notify_all();
}

}  // namespace looptape::dump
