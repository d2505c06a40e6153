// How a thread comes by its writer, keeps it in order and gives it back: see thread_lease.h.
#include "core/thread_lease.h"

#include <cxxabi.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "core/context_scope.h"

namespace looptape::core {
namespace {

// Before its first event a thread points here; also whatever cannot be recorded.  Never written.
Writer g_inert{};

// Slow calls of this thread to let pass before it asks for a slot again, and how many next time.
__thread std::uint32_t t_skip __attribute__((tls_model("initial-exec"))) = 0;
__thread std::uint32_t t_backoff __attribute__((tls_model("initial-exec"))) = 1;
constexpr std::uint32_t kMaxBackoff = 1024;

// The name this thread gave itself last, and whether its stream has yet to be told.
__thread ThreadName t_name __attribute__((tls_model("initial-exec"))) = {};
__thread bool t_name_waits __attribute__((tls_model("initial-exec"))) = false;

void park_at_exit(void* pointer) {
  auto* const writer = static_cast<Writer*>(pointer);
  t_writer = &g_inert;
  Engine* const engine = Engine::current_here();
  if (engine == nullptr || writer->epoch != engine->epoch) return;
  engine->slots->park(*writer);
}

// The thread-specific key whose destructor parks; made before the first engine is announced, and kept.
constexpr std::int64_t kNoKey = -1;
constinit std::atomic<std::int64_t> g_key{kNoKey};

// Has the slot parked when the thread ends.  Without a key (the process has used up its own) the slot is found by
// reclaim() once the thread is gone.
void park_when_ended(Writer* writer) {
  const std::int64_t key = g_key.load(std::memory_order_relaxed);  // published by P17
  if (key != kNoKey) ::pthread_setspecific(static_cast<pthread_key_t>(key), writer);
}

// The Itanium C++ ABI, 2.2.2: {void* caughtExceptions; unsigned int uncaughtExceptions;}, one per thread, at a fixed
// address for the thread's life.  Reading the count there instead of calling std::uncaught_exceptions() twice keeps a
// scope at the price of its clock reads.
const unsigned* uncaught_counter() {
  struct Globals {
    void* caught;
    unsigned uncaught;
  };
  return &reinterpret_cast<const Globals*>(abi::__cxa_get_globals())->uncaught;
}

// What the word of abandoned stages holds beside them: changes with every tenant of the slot.
std::uint64_t lease_mark(Engine& engine, const Writer& writer) {
  return (engine.slots->slot_of(writer)[slot::kOrdinal].load(std::memory_order_relaxed) & 1) * kAbandonedMark;  // own
}

// Entries that the last tenant left open: their thread is gone, they never end.
void abandon_open(Engine& engine, Writer& writer) {
  for (std::uint32_t d = 0; d < writer.depth; ++d) {
    Word* const entry = writer.open + 2 * d;
    if (entry[0].load(std::memory_order_relaxed) == 0) continue;  // the owner's own stack
    pop_open<Memory>(entry);
    engine.count(Loss::kStageAbandoned);
  }
  writer.depth = 0;
  writer.holes = 0;
  // What was abandoned of the stages just taken off is forgotten; the new mark makes a late exchange for one fail.
  Memory::store<Access::kAbandonedReset>(engine.slots->slot_of(writer)[slot::kAbandoned], lease_mark(engine, writer),
                                         std::memory_order_release);  // P25, pairs with kAbandonLook
}

void put_owner(Engine& engine, Writer& writer, std::uint64_t now) {
  if (!ensure_room(engine, writer, 48, now)) return;
  Word* const slot_words = engine.slots->slot_of(writer);
  const auto own = [&](std::size_t index) { return slot_words[index].load(std::memory_order_relaxed); };  // own slot
  const std::uint64_t words[6] = {record_head(RecordType::kOwner, 0, 0, since_base(writer, now)),
                                  own(slot::kTid),
                                  own(slot::kName),
                                  own(slot::kName + 1),
                                  own(slot::kOrdinal),
                                  own(slot::kNameFlags)};
  put_words(writer, words, 6);
}

Writer* lease(Engine& engine) {
  if (t_skip > 0) {
    --t_skip;
    engine.count(Loss::kNoSlot);
    return nullptr;
  }
  const auto tid = static_cast<std::uint64_t>(::syscall(SYS_gettid));
  Writer* const writer = engine.slots->lease(tid, t_name);
  if (writer == nullptr) {
    t_skip = t_backoff;
    t_backoff = std::min(t_backoff * 2, kMaxBackoff);
    engine.count(Loss::kNoSlot);
    return nullptr;
  }
  t_backoff = 1;
  t_name_waits = false;
  if (t_name.flags != 0) engine.count(Loss::kNameCut);
  writer->uncaught = uncaught_counter();
  writer->request = writer->parent_start = writer->parent_stream = 0;
  writer->trace_high = writer->trace_low = 0;
  writer->trace_flags = 0;
  forget_scopes(*writer);
  writer->random = engine.token ^ mix64(writer->stream << 32 | engine.slots->slot_of(*writer)[slot::kOrdinal].load(
                                                                   std::memory_order_relaxed));  // own
  abandon_open(engine, *writer);
  park_when_ended(writer);
  t_writer = writer;
  restore_limits(engine, *writer);
  put_owner(engine, *writer, engine.now());
  set_context(engine, *writer, 0, 0, 0);  // the last tenant's must not colour this one's records
  return writer;
}

// The stream's thread has another name from here on.
void rename_owner(Engine& engine, Writer& writer) {
  t_name_waits = false;
  if (t_name.flags != 0) engine.count(Loss::kNameCut);
  Word* const slot_words = engine.slots->slot_of(writer);
  const auto label = [&](std::size_t index, std::uint64_t value) {
    slot_words[index].store(value, std::memory_order_relaxed);  // a label; readers may see half a change
  };
  label(slot::kName, t_name.words[0]);
  label(slot::kName + 1, t_name.words[1]);
  label(slot::kNameFlags, t_name.flags);
  put_owner(engine, writer, engine.now());
}

}  // namespace

constinit __thread Writer* t_writer __attribute__((tls_model("initial-exec"))) = &g_inert;

Writer* own_writer(Engine& engine) noexcept {
  Writer* const writer = t_writer;
  if (writer == &g_inert || writer->epoch != engine.epoch) return lease(engine);
  if (t_name_waits && !engine.paused()) rename_owner(engine, *writer);
  return writer;
}

void park_at_thread_exit() {
  if (g_key.load(std::memory_order_relaxed) != kNoKey) return;  // published by P17, or this thread's own
  pthread_key_t made{};
  if (::pthread_key_create(&made, &park_at_exit) != 0) return;
  std::int64_t none = kNoKey;
  if (!g_key.compare_exchange_strong(none, made, std::memory_order_relaxed))  // published by P17
    ::pthread_key_delete(made);
}

void keep_thread_name(const ThreadName& name) noexcept {
  t_name = name;
  t_name_waits = true;
}

void set_context(Engine& engine, Writer& writer, std::uint64_t request, std::uint64_t parent_start,
                 std::uint64_t parent_stream) noexcept {
  writer.request = request;
  writer.parent_start = parent_start;
  writer.parent_stream = parent_stream;
  const std::uint64_t now = engine.now();
  // Without room the keyframe of the next chunk carries it.
  if (!ensure_room(engine, writer, 32, now)) return;
  const std::uint64_t words[4] = {record_head(RecordType::kContext, 0, 0, since_base(writer, now)), request,
                                  parent_start, parent_stream};
  put_words(writer, words, 4);
}

namespace {

// The stage at this depth was ended by another thread: tells readers whose the attributes were that this stream holds
// for the depth, before another stage takes it.
void put_gone(Engine& engine, Writer& writer, std::uint32_t depth, std::uint64_t start, std::uint64_t meta) {
  const std::uint64_t now = std::max(engine.now(), start);
  if (!ensure_room(engine, writer, 32, now)) return;
  const std::uint64_t words[4] = {record_head(RecordType::kDetach, 0, meta_site(meta), since_base(writer, now)),
                                  stage_word(depth, kManyAttributes, 0, 0), start, meta_request(meta)};
  put_words(writer, words, 4);
}

}  // namespace

void trim_stack(Engine& engine, Writer& writer) noexcept {
  Word& abandoned = engine.slots->slot_of(writer)[slot::kAbandoned];
  if ((abandoned.load(std::memory_order_relaxed) & ~kAbandonedMark) != 0) {  // a hint; the exchange below orders
    const std::uint64_t bits = Memory::exchange<Access::kTakeAbandoned>(
        abandoned, lease_mark(engine, writer), std::memory_order_acquire);  // P18, pairs with kAbandon
    for (std::uint32_t d = 0; d < writer.depth; ++d) {
      if ((bits >> d & 1) == 0) continue;
      Word* const entry = writer.open + 2 * d;
      const std::uint64_t start = entry[0].load(std::memory_order_relaxed);  // own stack
      if (start == 0) continue;
      const std::uint64_t meta = entry[1].load(std::memory_order_relaxed);  // own stack
      const std::uint64_t request = meta_request(meta);
      put_gone(engine, writer, d, start, meta);
      pop_open<Memory>(entry);
      // A request that was ended elsewhere is no longer what this thread works on, nor goes back to.
      if ((bits & kAbandonedRoot) == 0 || request == 0) continue;
      if (writer.request == request) {
        forget_scopes(writer);
        set_context(engine, writer, 0, 0, 0);
      } else {
        forget_scopes_below(writer);
      }
    }
  }
  const auto closed = [&](std::uint32_t d) { return writer.open[2 * d].load(std::memory_order_relaxed) == 0; };  // own
  while (writer.depth > 0 && closed(writer.depth - 1)) --writer.depth;
  writer.holes = 0;
  for (std::uint32_t d = 0; d < writer.depth; ++d)
    if (closed(d)) writer.holes = 1u << 16;
}

}  // namespace looptape::core
