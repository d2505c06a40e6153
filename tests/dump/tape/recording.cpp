// Recordings for the tests; see the header.
#include "tests/dump/tape/recording.h"

#include <algorithm>
#include <cstring>

#include "dump/crc32c.h"
#include "dump/tape_format.h"
#include "dump/tape_writer.h"

namespace looptape::dump::test {

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  return core::mix64(state_);
}

std::uint64_t Random::number() {
  const std::uint64_t word = next();
  switch (below(8)) {
    case 0:
      return 0;
    case 1:
      return word;
    case 2:
      return ~std::uint64_t{0};
    case 3:
      return word & 0xffffffffffff;
    default:
      return word & 0xffff;
  }
}

std::string Random::text(std::size_t longest) {
  std::string result(below(longest + 1), '\0');
  for (char& c : result) c = static_cast<char>(one_in(4) ? next() : 'a' + below(26));
  return result;
}

namespace {

// Rows of one block.  A column is sometimes all zero, so that it is left out, and ticks are sometimes close together.
class RandomRows {
 public:
  RandomRows(Random& random, Block& block, std::size_t names)
      : random_(random),
        block_(block),
        names_(names),
        plain_(random.next()),
        base_(random.next() >> random.below(60)) {}

  void attribute() {
    AttributeRow row;
    row.start = random_.one_in(3) ? 0 : tick();
    row.request = maybe(0, ~std::uint64_t{0});
    row.value = maybe(1, 2) != 0 ? random_.next() : maybe(2, 100);
    row.stream = stream(3);
    row.key = name();
    row.type = static_cast<core::ValueType>(maybe(4, 6));
    if (maybe(5, 2) != 0) {
      const std::string text = random_.text(48);
      row.length = static_cast<std::uint32_t>(text.size());
      row.text = static_cast<std::uint32_t>(block_.text.size());
      block_.text += text;
    }
    block_.attributes.push_back(row);
  }
  void point() {
    PointRow row;
    row.at = tick();
    row.value = maybe(6, 2) != 0 ? random_.next() : maybe(7, 100);
    row.context = context(8);
    row.site = name();
    constexpr core::RecordType kinds[] = {core::RecordType::kEvent, core::RecordType::kCounter,
                                          core::RecordType::kGauge};
    row.kind = kinds[maybe(9, 3)];
    row.type = static_cast<core::ValueType>(maybe(10, 6));
    block_.points.push_back(row);
  }
  void stage() {
    StageRow row;
    row.start = tick();
    row.duration = maybe(11, 2) != 0 ? random_.number() : random_.below(1000);
    row.context = context(12);
    row.site = name();
    row.stream = stream(13);
    row.depth = static_cast<std::uint8_t>(maybe(14, core::kMaxDepth + 1));
    row.status = static_cast<std::uint8_t>(maybe(15, 6));
    row.flags = static_cast<std::uint8_t>(maybe(16, 16));
    row.attributes = static_cast<std::uint8_t>(maybe(17, 64));
    row.lost_attributes = static_cast<std::uint8_t>(maybe(18, 256));
    block_.stages.push_back(row);
  }

 private:
  std::uint64_t maybe(int column, std::uint64_t limit) {
    return (plain_ >> column & 1) != 0 ? 0 : random_.below(limit);
  }
  std::uint64_t tick() { return (plain_ >> 20 & 1) != 0 ? base_ + random_.below(1000000) : random_.number(); }
  std::uint16_t name() { return static_cast<std::uint16_t>(random_.below(names_)); }
  std::uint16_t stream(int column) {
    return maybe(column, 2) != 0 ? static_cast<std::uint16_t>(random_.next()) : block_.stream;
  }
  std::uint32_t context(int column) { return static_cast<std::uint32_t>(maybe(column, block_.contexts.size())); }

  Random& random_;
  Block& block_;
  const std::size_t names_;
  const std::uint64_t plain_, base_;
};

}  // namespace

Block random_block(Random& random, std::uint16_t stream, std::size_t rows, std::size_t names) {
  Block block;
  block.stream = stream;
  block.sequence = random.number();
  for (std::size_t contexts = 1 + random.below(20); contexts > 0; --contexts)
    block.contexts.push_back({random.number(), random.number(), static_cast<std::uint16_t>(random.number())});
  RandomRows next(random, block, names);
  for (std::size_t i = 0; i < rows; ++i) {
    switch (random.below(4)) {
      case 0:
        next.attribute();
        break;
      case 1:
        next.point();
        break;
      default:
        next.stage();
    }
  }
  return block;
}

namespace {

Process random_process(Random& random) {
  Process process;
  process.service = random.text(60);
  process.host = random.text(60);
  process.version = random.text(60);
  process.recorder = random.text(15);
  for (auto* field : {&process.pid,
                      &process.start_time,
                      &process.uid,
                      &process.boot_id[0],
                      &process.boot_id[1],
                      &process.token[0],
                      &process.token[1],
                      &process.first.tick,
                      &process.first.monotonic_ns,
                      &process.first.wall_ns,
                      &process.last.tick,
                      &process.last.monotonic_ns,
                      &process.last.wall_ns,
                      &process.window_ns,
                      &process.flags,
                      &process.region_bytes,
                      &process.staging_bytes,
                      &process.other_bytes,
                      &process.recorder_cpu_ns,
                      &process.snapshot_tick,
                      &process.paused_at,
                      &process.resumed_at})
    *field = random.number();
  for (auto* field : {&process.room.threads, &process.room.in_flight, &process.room.names, &process.room.chunks,
                      &process.room.chunk_bytes})
    *field = static_cast<std::uint32_t>(random.next());
  process.clock = random.one_in(2) ? core::ClockKind::kTsc : core::ClockKind::kMonotonic;
  process.alive = random.one_in(2);
  process.clean_exit = random.one_in(2);
  return process;
}

Opening random_opening(Random& random) {
  Opening opening;
  opening.process = random_process(random);
  Trigger& trigger = opening.trigger;
  trigger.kind = static_cast<TriggerKind>(random.below(kTriggerKinds));
  trigger.name = random.text(40);
  trigger.name_cut = random.one_in(2);
  for (auto* field : {&trigger.tick, &trigger.request, &trigger.value_ns, &trigger.limit_ns, &trigger.delay_ns,
                      &opening.counters.dumps_written, &opening.counters.dumps_failed, &opening.counters.dumps_refused})
    *field = random.number();
  for (auto& count : opening.counters.losses) count = random.number();
  for (auto& count : opening.counters.triggers_seen) count = random.number();
  for (auto& count : opening.counters.triggers_suppressed) count = random.number();
  const std::size_t names = 1 + random.below(40);
  for (std::size_t i = 0; i < names; ++i)
    opening.names.push_back(
        {random.text(100), static_cast<std::uint8_t>(random.next()), static_cast<std::uint8_t>(random.next())});
  for (std::size_t i = random.below(10); i != 0; --i)
    opening.open_stages.push_back({random.number(), random.number(), static_cast<std::uint16_t>(random.next()),
                                   static_cast<std::uint16_t>(random.below(names)),
                                   static_cast<std::uint8_t>(random.below(core::kMaxDepth)), random.one_in(2)});
  for (std::size_t i = random.below(10); i != 0; --i)
    opening.open_requests.push_back({random.number(), random.number(), random.number(), random.number(),
                                     random.number(), random.number(), static_cast<std::uint16_t>(random.below(names)),
                                     static_cast<std::uint16_t>(random.next()), random.text(48), random.text(48),
                                     random.text(48), static_cast<std::uint8_t>(random.next())});
  return opening;
}

Stream random_stream(Random& random, std::uint16_t id) {
  Stream stream;
  stream.id = id;
  for (std::size_t i = random.below(4); i != 0; --i)
    stream.owners.push_back({random.number(), random.number(), random.number(), random.text(16), random.one_in(2)});
  for (std::size_t i = random.below(4); i != 0; --i)
    stream.gaps.push_back({static_cast<GapReason>(random.below(4)), random.number(), random.number(), random.number()});
  for (auto* field : {&stream.first, &stream.last, &stream.chunks, &stream.records, &stream.bytes, &stream.overwritten,
                      &stream.shortfalls, &stream.dropped, &stream.took})
    *field = random.number();
  return stream;
}

}  // namespace

Recording random_recording(std::uint64_t seed, const std::vector<std::size_t>& rows) {
  Random random(seed);
  Recording recording;
  recording.opening = random_opening(random);
  const auto streams = static_cast<std::uint16_t>(1 + random.below(4));
  for (const std::size_t count : rows)
    recording.blocks.push_back(
        random_block(random, static_cast<std::uint16_t>(random.below(streams)), count, recording.opening.names.size()));
  for (std::uint16_t id = 0; id < streams; ++id) recording.closing.streams.push_back(random_stream(random, id));
  recording.closing.complete_since = random.number();
  recording.closing.stages = random.number();
  recording.closing.attributes = random.number();
  recording.closing.points = random.number();
  recording.closing.lost_attributes = random.number();
  recording.closing.damages = random.number();
  return recording;
}

Recording plain_recording(std::size_t blocks, std::size_t stages_per_block) {
  constexpr std::uint16_t kStreams = 4;
  Random random(1);
  Recording recording;
  recording.opening = random_opening(random);
  recording.opening.names.resize(64);
  std::uint64_t now = std::uint64_t{1} << 40;
  for (std::uint16_t id = 0; id < kStreams; ++id) {
    Stream stream;
    stream.id = id;
    stream.first = now;
    recording.closing.streams.push_back(stream);
  }
  recording.closing.complete_since = now;
  recording.opening.process.snapshot_tick = now + blocks * stages_per_block * 1000;
  for (std::size_t b = 0; b < blocks; ++b) {
    Block block;
    block.stream = static_cast<std::uint16_t>(b % kStreams);
    block.sequence = b / kStreams + 1;
    for (std::uint64_t c = 0; c < 8; ++c) block.contexts.push_back({b * 8 + c + 1, 0, 0});
    for (std::size_t i = 0; i < stages_per_block; ++i) {
      StageRow row;
      row.duration = 100 + random.below(20000);
      now += 200 + random.below(600);
      row.start = now - row.duration;
      row.context = static_cast<std::uint32_t>(i * 8 / stages_per_block);
      row.site = static_cast<std::uint16_t>(random.below(64));
      row.stream = block.stream;
      row.depth = static_cast<std::uint8_t>(random.below(4));
      block.stages.push_back(row);
    }
    recording.closing.stages += stages_per_block;
    Stream& stream = recording.closing.streams[block.stream];
    ++stream.chunks;
    stream.records += stages_per_block;
    stream.last = now;
    recording.blocks.push_back(std::move(block));
  }
  return recording;
}

void Keeper::opening(const Opening& opening) {
  in_order &= openings == 0 && closings == 0;
  ++openings;
  names_ = opening.names.size();
  for (const OpenStage& stage : opening.open_stages) in_range &= stage.site < names_;
  for (const OpenRequest& request : opening.open_requests) in_range &= request.site < names_;
  recording.opening = opening;
}

void Keeper::block(const Block& block) {
  in_order &= openings == 1 && closings == 0;
  for (const StageRow& row : block.stages)
    in_range &= row.site < names_ && row.context < block.contexts.size() && row.depth <= core::kMaxDepth &&
                row.attributes <= 63 && row.status <= static_cast<unsigned>(core::Status::exception);
  for (const AttributeRow& row : block.attributes)
    in_range &= row.key < names_ && row.text <= block.text.size() && row.length <= block.text.size() - row.text &&
                row.type <= core::ValueType::kBytes;
  for (const PointRow& row : block.points)
    in_range &= row.site < names_ && row.context < block.contexts.size() && row.type <= core::ValueType::kBytes &&
                (row.kind == core::RecordType::kEvent || row.kind == core::RecordType::kCounter ||
                 row.kind == core::RecordType::kGauge);
  recording.blocks.push_back(block);
}

void Keeper::closing(const Closing& closing) {
  in_order &= openings == 1 && closings == 0;
  ++closings;
  recording.closing = closing;
}

void Keeper::damage(const Damage& damage) { damages.push_back(damage); }

IoError MemoryOutput::write(std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
  return {};
}

std::vector<std::byte> written(const Recording& recording) {
  MemoryOutput output;
  TapeWriter writer(output);
  writer.opening(recording.opening);
  for (const Block& block : recording.blocks) writer.block(block);
  writer.closing(recording.closing);
  if (writer.error() || !writer.finished()) return {};
  return std::move(output.bytes);
}

namespace {

std::uint64_t word_at(const std::vector<std::byte>& file, std::uint64_t offset) {
  std::uint64_t word;
  std::memcpy(&word, file.data() + offset, sizeof word);
  return word;
}

}  // namespace

std::vector<Lying> messages_of(const std::vector<std::byte>& file) {
  std::vector<Lying> result;
  for (std::uint64_t offset = 0; offset + tape::kFrameBytes <= file.size();) {
    const std::uint64_t bytes = ((word_at(file, offset) >> 32) + 1) * 8;
    result.push_back({offset, bytes, static_cast<std::uint16_t>(word_at(file, offset + tape::kVersionAt * 8) >> 32)});
    offset += bytes;
  }
  return result;
}

void seal(std::vector<std::byte>& file, std::uint64_t offset) {
  const std::uint64_t bytes = ((word_at(file, offset) >> 32) + 1) * 8;
  std::uint32_t crc = 0;
  std::memcpy(file.data() + offset + tape::kCrcAt, &crc, sizeof crc);
  crc = crc32c_portable(0, file.data() + offset, bytes);
  std::memcpy(file.data() + offset + tape::kCrcAt, &crc, sizeof crc);
}

}  // namespace looptape::dump::test
