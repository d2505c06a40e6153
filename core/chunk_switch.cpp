// Where a stream's next record goes: see chunk_switch.h.
#include "core/chunk_switch.h"

namespace looptape::core {
namespace {

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
  writer.bytes += writer.used - writer.first;
  writer.used = writer.first = 0;
  writer.previous_last = now;
  const std::uint64_t records = written_records(writer);
  close_chunk<Memory>(writer.chunk, now, records);
  slot_words[slot::kClosedRecords].store(records, std::memory_order_relaxed);     // read when its thread is dead
  slot_words[slot::kClosedBytes].store(writer.bytes, std::memory_order_relaxed);  // read when its thread is dead
  Memory::point<Point::kChunkClosed>();
  writer.chunk = nullptr;
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
  frame.records = written_records(writer);
  frame.bytes = writer.bytes;
  frame.request = writer.request;
  frame.parent_start = writer.parent_start;
  frame.parent_stream = writer.parent_stream;
  frame.tid = slot_words[slot::kTid].load(std::memory_order_relaxed);                  // own
  frame.name[0] = slot_words[slot::kName].load(std::memory_order_relaxed);             // own
  frame.name[1] = slot_words[slot::kName + 1].load(std::memory_order_relaxed);         // own
  frame.name_cut = slot_words[slot::kNameFlags].load(std::memory_order_relaxed) != 0;  // own
  frame.ordinal = slot_words[slot::kOrdinal].load(std::memory_order_relaxed);          // own
  frame.previous_last = writer.previous_last;
  frame.depth = writer.depth;
  writer.used = writer.first = recycle_chunk<Memory>(words, frame, writer.open);
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
  writer.beyond += count * kWordBytes - 16;
  commit_chunk<Memory>(writer.chunk, writer.used);
  Memory::point<Point::kRecordCommitted>();
}

}  // namespace looptape::core
