// A running recording: region, pool, slots, table of requests and trigger queue, put together.
//
// Starting, stopping and settings: the recorder, ordinary threads.  Everything else: recording threads, through the
// slow path's files; lock-free, noexcept.  Engines are never freed: a thread may still be inside one.
//
// Pairing table
//   P23 kRecorderGone → kRecorderTake           whoever may start a recorder has seen the last one stopped
//   P17 kEngineAnnounce → kEngineCurrent        an engine comes whole, its region, pool and slots with it
//   P19 kPauseFence, kStopFence → kReopenFence  who reopens a writer after a look at g_recording that came too early
//                                               shuts it again: both sides are seq_cst fences
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "core/chunk_pool.h"
#include "core/flights.h"
#include "core/names.h"
#include "core/region.h"
#include "core/slots.h"
#include "core/trigger_queue.h"
#include "looptape/core/writer.h"

namespace looptape::core {

enum class UserIdPolicy : std::uint8_t { kHashed, kPlain, kDropped };

struct EngineSettings {
  RegionSettings region;
  UserIdPolicy user_ids = UserIdPolicy::kHashed;
  std::array<std::uint64_t, 2> user_key{};
};

// A process has one recorder at a time.  Ordinary threads.  take: false when there is one already.
bool take_recorders_place() noexcept;
void leave_recorders_place() noexcept;

class Engine {
 public:
  // Makes an engine and starts recording.  Null: *problem says why.  *problem may be set on success as well.
  static Engine* start(const EngineSettings& settings, std::string* problem);
  // The two halves of start: make one that nobody knows of yet; let everybody know.
  static Engine* make(const EngineSettings& settings, std::string* problem);
  void announce() noexcept;
  // Stops recording; the region is closed, unlinked when asked.
  void stop(bool unlink_region);
  // The running one, or null.
  static Engine* current() noexcept;
  // The running one if this process started it; in a forked child null, and probes become no-ops.
  static Engine* current_here() noexcept;

  // Any ordinary thread, one call at a time.  While paused, probes that begin something do nothing.
  void pause() noexcept;
  void resume() noexcept;
  bool paused() const noexcept;

  // Requests of this kind slower than `limit_ns` post a trigger; 0 = no limit.  Id 0 is the limit of all other kinds.
  // Ordinary threads, one at a time, before anybody asks for slow_limit_ns(): at start.
  void set_slow_limit(std::uint16_t kind, std::uint64_t limit_ns);
  std::uint64_t slow_limit(std::uint16_t kind) const noexcept;     // in ticks
  std::uint64_t slow_limit_ns(std::uint16_t kind) const noexcept;  // as it was set; ticks are too coarse to tell it

  std::uint64_t now() const noexcept { return tsc ? read_counter() : monotonic_ns(); }
  void count(Loss loss, std::uint64_t amount = 1) noexcept { region.count_loss(loss, amount); }
  // A broken invariant: counts it and stops recording for good; the host goes on.
  void give_up() noexcept;
  // For the recorder's thread; any thread, signal handlers too.  False: its queue is full, which is counted.
  bool post(const TriggerPost& trigger) noexcept;
  // Memory beside the region: queues, writers' pages, limits, names.
  std::size_t private_bytes() const noexcept;

  Region region;
  std::unique_ptr<ChunkPool> pool;
  std::unique_ptr<Slots> slots;
  std::unique_ptr<Flights> flights;
  TriggerQueue triggers;
  OwnNames own{};
  std::uint64_t epoch = 0;
  std::uint64_t window_ticks = 0;
  double ticks_per_ns = 1;
  std::uint64_t token = 0;  // first word of the process token: the process part of span ids
  bool tsc = true;
  UserIdPolicy user_ids = UserIdPolicy::kHashed;
  std::array<std::uint64_t, 2> user_key{};
  std::atomic<std::uint64_t> next_request{1};

 private:
  Engine() = default;
  std::unique_ptr<std::atomic<std::uint64_t>[]> slow_limits_;  // in ticks, by kind
  std::map<std::uint16_t, std::uint64_t> slow_limits_ns_;
  Engine* older_ = nullptr;  // engines are never freed: this keeps them reachable
};

}  // namespace looptape::core
