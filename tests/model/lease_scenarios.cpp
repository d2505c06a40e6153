// What threads may make of slots, engines and stages that other threads give back, stop or end meanwhile.  Tests only.
#include "core/thread_lease.h"

#include "looptape/core/chunk.h"
#include "looptape/core/open_stack.h"
#include "tests/model/recording.h"
#include "tests/model/scenarios.h"

namespace looptape::model {

using namespace core;

namespace {

constexpr Bounds kBounds{3, 3};
constexpr std::uint64_t kFirstTid = 101, kSecondTid = 102;

bool first_is_gone(std::uint64_t tid) noexcept { return tid == kFirstTid; }

// What dump::Snapshot::copy_slots does with a slot's words.
const char* look_at_tenant(Region& region, std::size_t index) {
  const Word* const words = region.slot(index);
  const auto state =
      static_cast<SlotState>(Memory::load<Access::kReadSlotState>(words[slot::kState], std::memory_order_acquire));
  if (state == SlotState::kFree) return nullptr;
  const bool told = words[slot::kTid].load(std::memory_order_relaxed) != 0 &&
                    words[slot::kOrdinal].load(std::memory_order_relaxed) != 0;
  return told ? nullptr : property::kTenant;
}

}  // namespace

// A thread leases the only slot and gives it back, or vanishes and has it taken back.
Outcome tenant_of_a_slot(Mutant mutant) {
  Outcome all;
  for (const bool vanishes : {false, true}) {
    Recording recording({.threads = 1});
    Slots& slots = *recording.engine().slots;
    Interleaving run(mutant, kBounds);
    recording.keep(run);
    run.thread([&] {
      Writer* const writer = slots.lease(kFirstTid);
      if (!vanishes) slots.park(*writer);
    });
    if (vanishes) run.thread([&] { slots.reclaim(&first_is_gone); });
    run.thread([&] {
      if (const char* const broken = look_at_tenant(recording.region(), 0)) run.fail(broken);
    });
    all = all + run.explore([]() -> const char* { return nullptr; });
  }
  return all;
}

// The slot of a thread that is gone has a new tenant while the recorder's thread looks for such slots.
Outcome lease_that_is_looked_at(Mutant mutant) {
  Recording recording({.threads = 1});
  Slots& slots = *recording.engine().slots;
  slots.park(*slots.lease(kFirstTid));
  std::size_t reclaimed = 0;
  Interleaving run(mutant, kBounds);
  recording.keep(run);
  run.thread([&] { static_cast<void>(slots.lease(kSecondTid)); });
  run.thread([&] { reclaimed = slots.reclaim(&first_is_gone); });
  return run.explore([&]() -> const char* { return reclaimed == 0 ? nullptr : property::kLivingTenant; });
}

// A thread records its first event while the engine is being announced.
Outcome engine_just_announced(Mutant mutant) {
  Recording recording({.threads = 1, .announced = false});
  Engine& engine = recording.engine();
  Writer* const writer = engine.slots->lease(kFirstTid);
  Interleaving run(mutant, kBounds);
  recording.keep(run);
  run.thread([&] {
    run.wrote(&engine, sizeof engine);
    engine.announce();
  });
  run.thread([&] { static_cast<void>(enter_begin()); }, writer);
  return run.explore([]() -> const char* { return nullptr; });
}

// The process's recorder stops while two threads want to start one; whoever gets the place looks at what is left of it.
Outcome recorders_place(Mutant mutant) {
  Plain<std::uint64_t> left{1};
  unsigned places = 0;
  Interleaving run(mutant, kBounds);
  run.keep(places);
  static_cast<void>(take_recorders_place());
  run.thread([&] {
    run.wrote(&left, sizeof left);
    leave_recorders_place();
  });
  for (int i = 0; i < 2; ++i)
    run.thread([&] {
      if (take_recorders_place()) places += left;
    });
  const Outcome outcome = run.explore([&]() -> const char* { return places <= 1 ? nullptr : property::kOneRecorder; });
  leave_recorders_place();
  return outcome;
}

namespace {

// Threads that begin stages while another switches recording off by `off`; `on` may be switching it on.
Outcome switched_off(Mutant mutant, const std::function<void(Engine&)>& off, const std::function<void(Engine&)>& on) {
  Recording recording({.threads = 1});
  Engine& engine = recording.engine();
  Writer* const writer = recording.lease();
  engine.slots->stop_all();  // into the slow path
  Interleaving run(mutant, kBounds);
  recording.keep(run);
  run.keep(const_cast<Word*>(engine.region.words()), engine.region.bytes());
  run.thread([&] { off(engine); });
  run.thread([&] { static_cast<void>(enter_begin()); }, writer);
  if (on) run.thread([&] { on(engine); });
  return run.explore([&]() -> const char* {
    return writer->limit.value == 0 && writer->max_depth.value == 0 ? nullptr : property::kShut;
  });
}

}  // namespace

Outcome paused_meanwhile(Mutant mutant) {
  return switched_off(
      mutant, [](Engine& engine) { engine.pause(); }, nullptr);
}
Outcome stopped_meanwhile(Mutant mutant) {
  return switched_off(
      mutant, [](Engine& engine) { engine.stop(true); }, nullptr);
}
Outcome given_up_meanwhile(Mutant mutant) {
  return switched_off(
      mutant, [](Engine& engine) { engine.give_up(); }, [](Engine& engine) { engine.resume(); });
}

// One thread's stage is ended by another; its own thread takes it off its stack, and a reader looks first at the stack,
// then at the other's chunk.
Outcome stage_ended_elsewhere(Mutant mutant) {
  Recording recording({.threads = 2, .chunk_bytes = 512});
  Engine& engine = recording.engine();
  Writer* const owner = recording.lease();
  Writer* const other = recording.lease();
  t_writer = owner;
  const StageToken token = open_stage<Memory>(*owner, 7, engine.now());
  Recording::forget_writer();
  Interleaving run(mutant, kBounds);
  recording.keep(run);
  run.thread([&] { static_cast<void>(enter_begin()); }, owner);
  run.thread([&] { finish_slow(token, engine.now()); }, other);
  run.thread([&] {
    std::uint64_t start = 0, meta = 0;
    bool found = read_open<Memory>(owner->open, &start, &meta);
    const ChunkImage chunk = copy_chunk(engine.region.chunk(other->chunk_index), engine.region.chunk_bytes());
    if (chunk.read != ChunkRead::kOk) return;
    chunk.for_each([&](std::uint64_t, const std::uint64_t* record) {
      found = found || (head_type(record[0]) == RecordType::kLong && record[2] == token.start);
    });
    if (!found) run.fail(property::kOpenOrFinished);
  });
  return run.explore([]() -> const char* { return nullptr; });
}

// The thread whose stage is ended elsewhere has ended itself, and its slot has a new tenant that begins stages.
Outcome stage_ended_after_its_thread(Mutant mutant) {
  Recording recording({.threads = 2, .chunk_bytes = 512});
  Engine& engine = recording.engine();
  Writer* const owner = recording.lease();
  Writer* const other = recording.lease();
  t_writer = owner;
  const StageToken token = open_stage<Memory>(*owner, 7, engine.now());
  Recording::forget_writer();
  StageToken next;
  Interleaving run(mutant, kBounds);
  recording.keep(run);
  run.thread([&] {
    engine.slots->park(*owner);
    Writer* const writer = own_writer(engine);  // the slot's new tenant
    next = open_stage<Memory>(*writer, 8, engine.now());
    static_cast<void>(enter_begin());
  });
  run.thread([&] { finish_slow(token, engine.now()); }, other);
  return run.explore([&]() -> const char* {
    return owner->open[0].value == next.start && owner->depth == 1 ? nullptr : property::kOwnStage;
  });
}

}  // namespace looptape::model
