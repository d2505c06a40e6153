// A running recording: see engine.h.
#include "core/engine.h"

#include <cmath>

#include "core/clock.h"
#include "core/context_scope.h"
#include "core/thread_lease.h"

namespace looptape::core {
namespace {
constinit Atomic<Engine*> g_engine{nullptr};
constinit std::atomic<std::uint64_t> g_epochs{0};
constinit Atomic<bool> g_recorder{false};  // there is one
constinit Engine* g_newest = nullptr;      // touched by announce() alone, which its caller serialises

// Takes a region back, or what there is of one, when no engine comes to stand on it.
class RegionUndo {
 public:
  explicit RegionUndo(Region& region) : region_(&region) {}
  ~RegionUndo() {
    if (region_ != nullptr) region_->close(true);
  }
  RegionUndo(const RegionUndo&) = delete;
  RegionUndo& operator=(const RegionUndo&) = delete;
  void keep() { region_ = nullptr; }

 private:
  Region* region_;
};
}  // namespace

constinit Atomic<std::uint32_t> g_recording{0};

bool take_recorders_place() noexcept {
  // P23, pairs with kRecorderGone
  return !Memory::exchange<Access::kRecorderTake>(g_recorder, true, std::memory_order_acquire);
}

void leave_recorders_place() noexcept {
  Memory::store<Access::kRecorderGone>(g_recorder, false, std::memory_order_release);  // P23, pairs with kRecorderTake
}

Engine* Engine::start(const EngineSettings& settings, std::string* problem) {
  Engine* const engine = make(settings, problem);
  if (engine != nullptr) engine->announce();
  return engine;
}

Engine* Engine::make(const EngineSettings& settings, std::string* problem) {
  auto engine = std::unique_ptr<Engine>(new Engine);
  RegionUndo undo(engine->region);
  if (!engine->region.create(settings.region)) {
    *problem = engine->region.problem();
    return nullptr;
  }
  *problem = engine->region.problem();
  Region& region = engine->region;
  park_at_thread_exit();
  engine->epoch = g_epochs.fetch_add(1, std::memory_order_relaxed) + 1;  // a number, no order
  const auto reserve =
      static_cast<std::uint32_t>(region.header(header::kPools + 3).load(std::memory_order_relaxed));  // own
  engine->pool = std::make_unique<ChunkPool>(static_cast<std::uint32_t>(region.chunk_count()), reserve);
  engine->slots = std::make_unique<Slots>(region);
  engine->flights = std::make_unique<Flights>(static_cast<std::uint32_t>(region.flight_count()));
  engine->tsc = settings.region.clock == ClockKind::kTsc;
  if (!engine->slots->map_writers(engine->epoch, engine->tsc)) {
    *problem = "no memory that is wiped on fork (needs Linux 4.14)";
    return nullptr;
  }
  engine->ticks_per_ns = core::ticks_per_ns(engine->tsc);
  engine->window_ticks =
      static_cast<std::uint64_t>(static_cast<double>(settings.region.window_ns) * engine->ticks_per_ns);
  engine->token = region.header(header::kProcessToken).load(std::memory_order_relaxed);  // own
  engine->user_ids = settings.user_ids;
  engine->user_key = settings.user_key;
  engine->slow_limits_ = std::make_unique<std::atomic<std::uint64_t>[]>(kMaxNames);
  engine->own = bind_names(region);
  const ClockReading reading = read_clocks(engine->tsc);
  region.header(header::kAnchorTick).store(reading.tick, std::memory_order_relaxed);  // published by set_state
  region.header(header::kAnchorMonotonic)
      .store(reading.monotonic_ns, std::memory_order_relaxed);                           // published by set_state
  region.header(header::kAnchorWall).store(reading.wall_ns, std::memory_order_relaxed);  // published by set_state
  region.write_anchor(reading.tick, reading.monotonic_ns, reading.wall_ns);
  region.header(header::kOtherBytes)
      .store(engine->private_bytes(), std::memory_order_relaxed);  // published by set_state
  region.set_state(RegionState::kRecording);
  undo.keep();
  return engine.release();
}

void Engine::announce() noexcept {
  older_ = g_newest;
  g_newest = this;
  Memory::store<Access::kEngineAnnounce>(g_engine, this, std::memory_order_release);  // P17, pairs with kEngineCurrent
  g_recording.store(1, std::memory_order_relaxed);  // a hint: the slow path looks at g_engine
}

void Engine::stop(bool unlink_region) {
  if (current() == this) {
    g_recording.store(0, std::memory_order_relaxed);     // a hint
    g_engine.store(nullptr, std::memory_order_release);  // no partner: null publishes nothing, engines are never freed
    unbind_names();
  }
  Memory::fence<Access::kStopFence>(std::memory_order_seq_cst);  // P19, pairs with kReopenFence
  slots->stop_all();
  region.close(unlink_region);
}

Engine* Engine::current() noexcept {
  return Memory::load<Access::kEngineCurrent>(g_engine, std::memory_order_acquire);  // P17, pairs with kEngineAnnounce
}

Engine* Engine::current_here() noexcept {
  Engine* const engine = current();
  if (engine == nullptr) return nullptr;
  if (!engine->region.here()) [[unlikely]] {
    g_recording.store(0, std::memory_order_relaxed);  // a hint, private to the child
    return nullptr;
  }
  return engine;
}

void Engine::pause() noexcept {
  if (Word& since = region.header(header::kPausedAt);
      since.load(std::memory_order_relaxed) == 0)   // told, not relied on
    since.store(now(), std::memory_order_relaxed);  // told, not relied on
  g_recording.store(0, std::memory_order_relaxed);  // a hint: scopes that are beginning may still be recorded
  Memory::fence<Access::kPauseFence>(std::memory_order_seq_cst);  // P19, pairs with kReopenFence
  slots->stop_all();
  std::atomic_thread_fence(std::memory_order_seq_cst);  // after P19: the zeroes are out before pause returns
}

void Engine::resume() noexcept {
  if (current() != this) return;
  g_recording.store(1, std::memory_order_relaxed);  // a hint: writers restore their limits
  if (region.header(header::kPausedAt).load(std::memory_order_relaxed) == 0) return;  // told, not relied on
  region.header(header::kResumedAt).store(now(), std::memory_order_relaxed);          // told, not relied on
  region.header(header::kPausedAt).store(0, std::memory_order_relaxed);               // told, not relied on
}

bool Engine::paused() const noexcept { return g_recording.load(std::memory_order_relaxed) == 0; }  // a hint

void Engine::set_slow_limit(std::uint16_t kind, std::uint64_t limit_ns) {
  if (kind >= kMaxNames) return;
  slow_limits_ns_[kind] = limit_ns;
  // Rounded up: what takes more ticks takes longer than the limit.
  const auto ticks = static_cast<std::uint64_t>(std::ceil(static_cast<double>(limit_ns) * ticks_per_ns));
  slow_limits_[kind].store(ticks, std::memory_order_relaxed);  // a setting
}

std::uint64_t Engine::slow_limit(std::uint16_t kind) const noexcept {
  const std::uint64_t own_limit =
      kind < kMaxNames ? slow_limits_[kind].load(std::memory_order_relaxed) : 0;        // a setting
  return own_limit != 0 ? own_limit : slow_limits_[0].load(std::memory_order_relaxed);  // a setting
}

std::uint64_t Engine::slow_limit_ns(std::uint16_t kind) const noexcept {
  for (const std::uint16_t of : {kind, std::uint16_t{0}}) {
    const auto own_limit = slow_limits_ns_.find(of);
    if (own_limit != slow_limits_ns_.end() && own_limit->second != 0) return own_limit->second;
  }
  return 0;
}

void Engine::give_up() noexcept {
  count(Loss::kBrokenInvariant);
  // Before the pause: its fence (P19) makes every writer that reopens later see that the engine is gone, also when
  // somebody resumes.  Afterwards one that resumed in between stayed open.
  Engine* self = this;
  g_engine.compare_exchange_strong(self, nullptr, std::memory_order_relaxed);  // ordered by P19's fence
  pause();
}

bool Engine::post(const TriggerPost& trigger) noexcept {
  if (triggers.post(trigger)) return true;
  count(Loss::kTriggerQueueFull);
  return false;
}

std::size_t Engine::private_bytes() const noexcept {
  return sizeof *this + TriggerQueue::kPrivateBytes + pool->private_bytes() +
         slots->count() * (sizeof(Writer) + sizeof(EndedScopes) + 64 + 8) + region.flight_count() * 64 +
         kMaxNames * (sizeof(std::atomic<std::uint64_t>) + name_entry::kWords * kWordBytes + 2 * sizeof(std::uint32_t));
}

}  // namespace looptape::core
