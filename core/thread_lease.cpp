// How a thread comes by its writer, keeps it in order and gives it back: see thread_lease.h.
#include "core/thread_lease.h"

#include <cxxabi.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

namespace looptape::core {
namespace {

// Before its first event a thread points here; also whatever cannot be recorded.  Never written.
Writer g_inert{};

// Slow calls of this thread to let pass before it asks for a slot again, and how many next time.
__thread std::uint32_t t_skip __attribute__((tls_model("initial-exec"))) = 0;
__thread std::uint32_t t_backoff __attribute__((tls_model("initial-exec"))) = 1;
constexpr std::uint32_t kMaxBackoff = 1024;

void park_at_exit(void* pointer) {
  auto* const writer = static_cast<Writer*>(pointer);
  t_writer = &g_inert;
  Engine* const engine = Engine::current_here();
  if (engine == nullptr || writer->epoch != engine->epoch) return;
  engine->slots->park(*writer);
}

// Has the slot parked when the thread ends.  Without a key (the process has used up its own) the slot is found by
// reclaim() once the thread is gone.
void park_when_ended(Writer* writer) {
  static const std::optional<pthread_key_t> key = [] {
    pthread_key_t made{};
    return ::pthread_key_create(&made, &park_at_exit) == 0 ? std::optional(made) : std::nullopt;
  }();
  if (key) ::pthread_setspecific(*key, writer);
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
                                  0};
  put_words(writer, words, 6);
}

Writer* lease(Engine& engine) {
  if (t_skip > 0) {
    --t_skip;
    engine.count(Loss::kNoSlot);
    return nullptr;
  }
  const auto tid = static_cast<std::uint64_t>(::syscall(SYS_gettid));
  Writer* const writer = engine.slots->lease(tid);
  if (writer == nullptr) {
    t_skip = t_backoff;
    t_backoff = std::min(t_backoff * 2, kMaxBackoff);
    engine.count(Loss::kNoSlot);
    return nullptr;
  }
  t_backoff = 1;
  writer->uncaught = uncaught_counter();
  writer->tsc = engine.tsc ? 1 : 0;
  writer->request = writer->parent_start = writer->parent_stream = 0;
  writer->trace_high = writer->trace_low = 0;
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

// Charges what a recycled chunk destroys to the stream that wrote it and the one that takes it.
void charge_recycled(Engine& engine, Writer& taker, const Word* words, std::uint64_t now) {
  const auto read = [&](std::size_t index) { return words[index].load(std::memory_order_relaxed); };  // pool orders
  const std::uint64_t stream = read(chunk::kStream) & 0xffffffffu;
  const std::uint64_t records = read(chunk::kClosedRecords) - read(chunk::kRecords);
  const std::uint64_t bytes = read(chunk::kCommitted) - keyframe_bytes(keyframe_depth(read(chunk::kDepth)));
  const std::uint64_t last = read(chunk::kLast);
  const auto add = [&](std::uint64_t to, std::size_t index, std::uint64_t amount) {
    engine.region.slot(to)[index].fetch_add(amount, std::memory_order_relaxed);  // a counter
  };
  if (stream < engine.slots->count()) {
    add(stream, slot::kLostRecords, records);
    add(stream, slot::kLostBytes, bytes);
  }
  engine.count(Loss::kOverwritten, records);
  engine.count(Loss::kOverwrittenBytes, bytes);
  if (now > last && now - last < engine.window_ticks) {
    if (stream < engine.slots->count()) add(stream, slot::kShortfalls, 1);
    add(taker.stream, slot::kTook, 1);
    engine.count(Loss::kWindowShortfall);
  }
}

// Gives the open chunk to the pool.  False: broken invariant.
bool close_open_chunk(Engine& engine, Writer& writer, Word* slot_words, std::uint64_t now) {
  writer.bytes +=
      writer.used - keyframe_bytes(keyframe_depth(writer.chunk[chunk::kDepth].load(std::memory_order_relaxed)));  // own
  writer.previous_last = now;
  close_chunk<Memory>(writer.chunk, now, writer.records);
  slot_words[slot::kClosedRecords].store(writer.records, std::memory_order_relaxed);  // read when its thread is dead
  slot_words[slot::kClosedBytes].store(writer.bytes, std::memory_order_relaxed);      // read when its thread is dead
  Memory::point<Point::kChunkClosed>();
  writer.chunk = nullptr;
  writer.used = 0;
  writer.limit.store(0, std::memory_order_relaxed);  // own
  if (!engine.pool->close(writer.chunk_index)) {
    engine.give_up();
    return false;
  }
  Memory::point<Point::kChunkPushed>();
  // Not before: a snapshot that finds the slot without the chunk finds the chunk in the queue.
  Memory::store<Access::kSlotChunk>(slot_words[slot::kChunk], 0,
                                    std::memory_order_release);  // P10, pairs with kReadSlotChunk
  Memory::point<Point::kChunkQueued>();
  return true;
}

bool next_chunk(Engine& engine, Writer& writer, std::uint64_t now) {
  Word* const slot_words = engine.slots->slot_of(writer);
  if (writer.chunk != nullptr && !close_open_chunk(engine, writer, slot_words, now)) return false;
  const ChunkPool::Taken taken = engine.pool->take();
  if (!taken.found) return false;
  Memory::point<Point::kChunkTaken>();
  Word* const words = engine.region.chunk(taken.index);
  // Also a free one may have a past: a snapshot puts chunks that it has copied back into the reserve.
  if (words[chunk::kGeneration].load(std::memory_order_relaxed) != 0)  // ours: the pool orders
    charge_recycled(engine, writer, words, now);
  Memory::point<Point::kChunkCharged>();
  Keyframe frame;
  frame.stream = writer.stream | std::uint64_t{static_cast<unsigned>(PoolKind::kEvents)} << 32;
  frame.sequence = ++writer.sequence;
  frame.base = now;
  frame.records = writer.records;
  frame.bytes = writer.bytes;
  frame.request = writer.request;
  frame.parent_start = writer.parent_start;
  frame.parent_stream = writer.parent_stream;
  frame.tid = slot_words[slot::kTid].load(std::memory_order_relaxed);           // own
  frame.name[0] = slot_words[slot::kName].load(std::memory_order_relaxed);      // own
  frame.name[1] = slot_words[slot::kName + 1].load(std::memory_order_relaxed);  // own
  frame.ordinal = slot_words[slot::kOrdinal].load(std::memory_order_relaxed);   // own
  frame.previous_last = writer.previous_last;
  frame.depth = writer.depth;
  writer.used = recycle_chunk<Memory>(words, frame, writer.open);
  Memory::point<Point::kChunkEven>();
  writer.chunk = words;
  writer.chunk_index = taken.index;
  writer.base = now;
  slot_words[slot::kSequence].store(writer.sequence, std::memory_order_relaxed);  // published by P10
  Memory::store<Access::kSlotChunk>(slot_words[slot::kChunk], taken.index + 1,
                                    std::memory_order_release);  // P10, pairs with kReadSlotChunk
  restore_limits(engine, writer);
  return true;
}

}  // namespace

constinit __thread Writer* t_writer __attribute__((tls_model("initial-exec"))) = &g_inert;

Writer* own_writer(Engine& engine) noexcept {
  Writer* const writer = t_writer;
  if (writer != &g_inert && writer->epoch == engine.epoch) return writer;
  return lease(engine);
}

void restore_limits(Engine& engine, Writer& writer) noexcept {
  if (writer.chunk != nullptr) writer.limit.store(engine.region.chunk_bytes(), std::memory_order_relaxed);  // own
  writer.max_depth.store(kMaxDepth, std::memory_order_relaxed);                                             // own
  // Somebody may have switched recording off, or stopped this recorder and started another, between the look that led
  // here and these stores.  Stores, fence, look here; stores, fence, zeroes there: one side sees the other.
  Memory::fence<Access::kReopenFence>(std::memory_order_seq_cst);  // P19, pairs with kPauseFence and kStopFence
  if (g_recording.load(std::memory_order_relaxed) == 0 || Engine::current() != &engine) {  // after P19
    writer.limit.store(0, std::memory_order_relaxed);                                      // own
    writer.max_depth.store(0, std::memory_order_relaxed);                                  // own
  }
}

bool ensure_room(Engine& engine, Writer& writer, std::size_t bytes, std::uint64_t now) noexcept {
  if (writer.chunk != nullptr && writer.used + bytes <= engine.region.chunk_bytes() &&
      since_base(writer, now) >> kTimeBits == 0)
    return true;
  if (writer.chunk == nullptr && writer.retry > 0) {
    --writer.retry;
  } else if (next_chunk(engine, writer, now)) {
    return true;
  } else {
    writer.retry = 64;
  }
  engine.count(Loss::kNoChunk);
  engine.slots->slot_of(writer)[slot::kDropped].fetch_add(1, std::memory_order_relaxed);  // a counter
  return false;
}

void put_words(Writer& writer, const std::uint64_t* words, std::size_t count) noexcept {
  Word* const at = writer.chunk + writer.used / kWordBytes;
  for (std::size_t i = 0; i < count; ++i) {
    Memory::store<Access::kRecord>(at[i], words[i], std::memory_order_relaxed);  // published by P2
    if (i == 0) Memory::point<Point::kRecordHalfWritten>();
  }
  Memory::point<Point::kRecordUncommitted>();
  writer.used += count * kWordBytes;
  writer.records += 1;
  commit_chunk<Memory>(writer.chunk, writer.used);
  Memory::point<Point::kRecordCommitted>();
}

void rename_owner(Engine& engine, Writer& writer, const std::uint64_t (&name)[2]) noexcept {
  Word* const slot_words = engine.slots->slot_of(writer);
  slot_words[slot::kName].store(name[0], std::memory_order_relaxed);      // a label; readers may see half a change
  slot_words[slot::kName + 1].store(name[1], std::memory_order_relaxed);  // a label; readers may see half a change
  put_owner(engine, writer, engine.now());
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
      // A request that was ended elsewhere is no longer what this thread works on.
      if ((bits & kAbandonedRoot) != 0 && writer.request == request && request != 0)
        set_context(engine, writer, 0, 0, 0);
    }
  }
  const auto closed = [&](std::uint32_t d) { return writer.open[2 * d].load(std::memory_order_relaxed) == 0; };  // own
  while (writer.depth > 0 && closed(writer.depth - 1)) --writer.depth;
  writer.holes = 0;
  for (std::uint32_t d = 0; d < writer.depth; ++d)
    if (closed(d)) writer.holes = 1u << 16;
}

}  // namespace looptape::core
