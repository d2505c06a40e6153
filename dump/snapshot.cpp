// A consistent copy of the running recording: see snapshot.h.
#include "dump/snapshot.h"

#include <algorithm>

#include "core/clock.h"
#include "looptape/core/chunk.h"
#include "looptape/core/flight.h"
#include "looptape/core/open_stack.h"

namespace looptape::dump {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// What the writing of a dump takes beside the copies: a buffer of messages and the rows of a chunk.
constexpr std::size_t kDumpBytes = std::size_t{3} << 20;

std::uint64_t peek(const core::Word& word) { return word.load(kRelaxed); }  // a hint, or ordered by its caller

}  // namespace

bool grow_staging(core::Engine& engine, Staging& staging, std::size_t more) {
  const core::Region& region = engine.region;
  if (!staging.reserve(ChunkCopies::bytes_for(region.chunk_count(), region.chunk_bytes()))) return false;
  // What is in use, and the reserve, which writers will fill while a copy is made.
  const std::size_t chunks = region.chunk_count() - engine.pool->spare_estimate();
  const std::size_t wanted = ChunkCopies::bytes_for(chunks, region.chunk_bytes());
  staging.make(std::min(wanted, staging.resident() + more));
  return staging.resident() < wanted;
}

void shrink_staging(core::Engine& engine, Staging& staging) {
  staging.give_back_beyond(ChunkCopies::bytes_for(engine.region.chunk_count(), engine.region.chunk_bytes()));
}

Snapshot::Snapshot(core::Engine& engine)
    : engine_(engine), done_(engine.region.chunk_count()), wanted_(engine.region.slot_count()) {
  engine_.pool->begin_snapshot();
}

Snapshot::~Snapshot() { engine_.pool->end_snapshot(); }

bool Snapshot::reserve(std::size_t more, Staging&& staging) {
  copy_.chunks.adopt(std::move(staging));
  return copy_.chunks.reserve(engine_.region.chunk_count() + more, engine_.region.chunk_bytes());
}

std::size_t Snapshot::at_risk(std::uint64_t ticks) {
  const std::uint64_t now = engine_.now();
  std::size_t recent = 0;
  for (std::size_t i = 0; i < engine_.region.chunk_count(); ++i) {
    const std::uint64_t last = peek(engine_.region.chunk(i)[core::chunk::kLast]);
    recent += last != 0 && last <= now && now - last < ticks;
  }
  const std::size_t spare = engine_.pool->spare_estimate();
  return recent > spare ? recent - spare : 0;
}

void Snapshot::found(std::uint64_t stream, std::uint64_t sequence) {
  if (stream < wanted_.size() && wanted_[stream] == sequence) wanted_[stream] = 0;
}

void Snapshot::copy_chunk(std::uint32_t index) {
  const core::Word* const words = engine_.region.chunk(index);
  const std::uint64_t generation = peek(words[core::chunk::kGeneration]);
  const std::uint64_t committed = peek(words[core::chunk::kCommitted]);
  if (generation == 0) return;  // never used
  const std::uint64_t stream = peek(words[core::chunk::kStream]) & 0xffffffffu,
                      sequence = peek(words[core::chunk::kSequence]);
  Done& done = done_[index];
  if (done.generation == generation && done.committed == committed) {
    found(stream, sequence);  // a chunk that is being recycled has another generation
    return;
  }
  const auto room = copy_.chunks.begin(engine_.region.chunk_bytes());
  if (room.empty()) return;
  std::size_t bytes = 0;
  switch (core::read_chunk<core::Memory>(words, engine_.region.chunk_bytes(), room.data(), &bytes)) {
    case core::ChunkRead::kOk: {
      const std::uint64_t offset = static_cast<std::uint64_t>(words - engine_.region.words()) * core::kWordBytes;
      found(room[core::chunk::kStream] & 0xffffffffu, room[core::chunk::kSequence]);
      done = {room[core::chunk::kGeneration], bytes, copy_.chunks.keep(offset, bytes, done.copy)};
      return;
    }
    case core::ChunkRead::kRecycled:
      copy_.chunks.recycled({static_cast<std::uint16_t>(stream), sequence});
      return;
    case core::ChunkRead::kEmpty:
    case core::ChunkRead::kBusy:
    case core::ChunkRead::kBroken:
      return;
  }
}

// A chunk is released because it has been copied: without room none is taken.
void Snapshot::copy_oldest(std::size_t count) {
  std::uint32_t index;
  while (copy_.chunks.capacity() != 0 && count-- > 0 && engine_.pool->take_closed(&index)) {
    copy_chunk(index);
    if (!engine_.pool->release(index)) {
      engine_.give_up();
      return;
    }
  }
}

// Chunks that an earlier snapshot released and nobody has taken since: copied where they are, under the seqlock.
void Snapshot::copy_leftovers() {
  std::vector<bool> open(engine_.region.chunk_count());
  for (std::size_t i = 0; i < engine_.region.slot_count(); ++i) {
    const std::uint64_t chunk = peek(engine_.region.slot(i)[core::slot::kChunk]);
    if (chunk > 0 && chunk <= open.size()) open[chunk - 1] = true;
  }
  for (std::uint32_t i = 0; i < engine_.region.chunk_count(); ++i)
    if (!open[i]) copy_chunk(i);
}

void Snapshot::copy_slots() {
  for (std::size_t i = 0; i < engine_.region.slot_count(); ++i) {
    const core::Word* const words = engine_.region.slot(i);
    const std::uint64_t state = core::Memory::load<core::Access::kReadSlotState>(
        words[core::slot::kState],
        std::memory_order_acquire);  // P16, pairs with kSlotLeased, kSlotParked, kSlotReclaimed
    if (state == static_cast<std::uint64_t>(core::SlotState::kFree)) continue;
    SlotCopy slot;
    slot.stream = static_cast<std::uint16_t>(i);
    slot.state = static_cast<core::SlotState>(state);
    slot.tid = peek(words[core::slot::kTid]);
    slot.ordinal = peek(words[core::slot::kOrdinal]);
    slot.name = {peek(words[core::slot::kName]), peek(words[core::slot::kName + 1])};
    slot.name_flags = peek(words[core::slot::kNameFlags]);
    slot.chunk = peek(words[core::slot::kChunk]);
    slot.sequence = peek(words[core::slot::kSequence]);
    slot.abandoned = peek(words[core::slot::kAbandoned]);
    slot.lost_records = peek(words[core::slot::kLostRecords]);
    slot.lost_bytes = peek(words[core::slot::kLostBytes]);
    slot.shortfalls = peek(words[core::slot::kShortfalls]);
    slot.dropped = peek(words[core::slot::kDropped]);
    slot.took = peek(words[core::slot::kTook]);
    wanted_[i] = slot.sequence;
    for (unsigned d = 0; d < core::kMaxDepth; ++d) {
      OpenEntry entry;
      if (!core::read_open<core::Memory>(words + core::slot::kOpen + 2 * d, &entry.start, &entry.meta)) continue;
      if (slot.open.size() <= d) slot.open.resize(d + 1);
      slot.open[d] = entry;
    }
    copy_.slots.push_back(std::move(slot));
  }
}

void Snapshot::copy_flights() {
  for (std::size_t i = 0; i < engine_.region.flight_count(); ++i) {
    FlightCopy flight;
    if (core::read_flight<core::Memory>(engine_.region.flight(i), flight.words.data())) copy_.flights.push_back(flight);
  }
}

void Snapshot::copy_open_chunks() {
  for (std::size_t i = 0; i < engine_.region.slot_count(); ++i) {
    const core::Word* const words = engine_.region.slot(i);
    const std::uint64_t chunk = core::Memory::load<core::Access::kReadSlotChunk>(
        words[core::slot::kChunk], std::memory_order_acquire);  // P10, pairs with kSlotChunk
    if (chunk == 0 || chunk > engine_.region.chunk_count()) continue;
    copy_chunk(static_cast<std::uint32_t>(chunk - 1));
  }
}

// Chunks that were open when the stacks were copied, and were neither open nor in the queue when these were looked
// through: their writer was between the two.  What is missing even then has been overwritten meanwhile.
void Snapshot::copy_missing() {
  if (std::all_of(wanted_.begin(), wanted_.end(), [](std::uint64_t sequence) { return sequence == 0; })) return;
  for (std::uint32_t i = 0; i < engine_.region.chunk_count(); ++i) {
    const core::Word* const words = engine_.region.chunk(i);
    const std::uint64_t stream = peek(words[core::chunk::kStream]) & 0xffffffffu;
    if (stream < wanted_.size() && wanted_[stream] != 0 && peek(words[core::chunk::kSequence]) == wanted_[stream])
      copy_chunk(i);
  }
  for (SlotCopy& slot : copy_.slots) slot.newest_gone = wanted_[slot.stream] != 0;
}

void Snapshot::copy_names() {
  const std::uint64_t count =
      std::min<std::uint64_t>(peek(engine_.region.header(core::header::kNamesCount)), core::kMaxNames);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t entry[core::name_entry::kWords] = {};
    Name name;
    if (core::read_name<core::Memory>(engine_.region.name(i), entry)) {
      const std::uint64_t head = entry[core::name_entry::kHead];
      name.text = text_of(&entry[core::name_entry::kText], core::name_length(head), false);
      name.kind = core::name_kind(head);
      name.flags = static_cast<std::uint8_t>(core::name_flags(head));
    }
    copy_.names.push_back(std::move(name));
  }
}

RegionCopy Snapshot::finish(std::size_t elsewhere) {
  copy_oldest(engine_.pool->closed_estimate());
  copy_leftovers();
  copy_.snapshot_tick = engine_.now();
  copy_slots();
  copy_flights();
  // A chunk that was open above is either still open, or in the queue by the time that is looked through again.
  copy_open_chunks();
  copy_oldest(engine_.pool->closed_estimate());
  copy_missing();
  copy_names();
  engine_.region.header(core::header::kStagingBytes)
      .store(staging_bytes() + elsewhere + kDumpBytes, kRelaxed);  // a counter
  for (std::size_t i = 0; i < core::header::kHeaderWords; ++i) copy_.header[i] = peek(engine_.region.header(i));
  const core::ClockReading reading = core::read_clocks(engine_.tsc);
  copy_.fresh = {reading.tick, reading.monotonic_ns, reading.wall_ns};
  copy_.alive = true;
  return std::move(copy_);
}

}  // namespace looptape::dump
