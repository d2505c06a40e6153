// Checks every record of a copy and finds what is missing: see region_survey.h.
#include "dump/region_survey.h"

#include <algorithm>
#include <tuple>

#include "dump/record_check.h"

namespace looptape::dump {
namespace {

namespace chunk = core::chunk;
namespace header = core::header;
using core::RecordType;

constexpr std::size_t kMaxDamage = 1000;

struct Detached {
  StageIdentity identity;
  std::uint64_t request = 0;
  std::uint16_t site = 0;
  std::uint8_t depth = 0;
};

class Surveyor {
 public:
  explicit Surveyor(const RegionCopy& copy)
      : copy_(copy), limits_{copy.names.size(), std::min<std::size_t>(copy.word(header::kSlotsCount), 0xffff)} {}

  Survey run() {
    if (copy_.missing_from != 0) {
      nameless_rejects_ = true;
      const std::uint64_t whole = copy_.word(header::kRegionBytes);
      reject(copy_.missing_from, whole - std::min(whole, copy_.missing_from), "the region is cut short here");
    }
    place_slots();
    gather();
    for (const FlightCopy& flight : copy_.flights) flights_.push_back({flight.words[core::flight::kNumber], &flight});
    std::sort(flights_.begin(), flights_.end(), [](const Flight& a, const Flight& b) { return a.number < b.number; });
    for (SurveyedStream& stream : out_.streams) read_stream(stream);
    std::sort(finished_.begin(), finished_.end());
    std::sort(out_.attributes_elsewhere.begin(), out_.attributes_elsewhere.end());
    list_open_stages();
    list_open_requests();
    return std::move(out_);
  }

 private:
  struct Flight {
    std::uint64_t number = 0;
    const FlightCopy* copy = nullptr;  // null: finished
  };
  struct Candidate {
    std::uint16_t stream = 0;
    CheckedChunk chunk;
  };

  void place_slots();
  void gather();
  bool check_keyframe(const ChunkCopy& copy, Candidate* candidate);
  void read_stream(SurveyedStream& stream);
  bool follows(const CheckedChunk& before, CheckedChunk& next, std::uint16_t stream);
  GapReason reason(std::uint16_t stream, std::uint64_t after, std::uint64_t before) const;
  std::size_t walk_stages(const CheckedChunk& found, std::size_t at, std::uint64_t request, SurveyedStream& stream,
                          std::uint64_t* last_end);
  void walk(CheckedChunk& chunk, SurveyedStream& stream);
  void note_rare(const std::uint64_t* w, SurveyedStream& stream, std::uint64_t* request);
  void note_tail(SurveyedStream& stream);
  void end_request(std::uint64_t number);
  void list_open_stages();
  void list_open_requests();
  void reject(std::uint64_t offset, std::uint64_t bytes, const char* what);

  const RegionCopy& copy_;
  const RecordLimits limits_;
  Survey out_;
  std::vector<Candidate> candidates_;
  std::vector<RecycledChunk> rejected_;  // keyframes that named themselves but were not believed
  bool nameless_rejects_ = false;        // others that did not even name their stream
  std::vector<Flight> flights_;          // by number
  std::vector<StageIdentity> finished_;  // by LONG records
  std::vector<Detached> detached_;
};

// A region that is rubbish throughout would else be told chunk by chunk.
void Surveyor::reject(std::uint64_t offset, std::uint64_t bytes, const char* what) {
  if (out_.damage.size() < kMaxDamage) {
    out_.damage.push_back({offset, bytes, what});
  } else {
    out_.damage.back().bytes += bytes;
    out_.damage.back().what = "this and more damage that is not listed";
  }
}

void Surveyor::place_slots() {
  std::vector<const SlotCopy*> slots;
  for (const SlotCopy& slot : copy_.slots)
    if (slot.stream < limits_.streams) slots.push_back(&slot);
  std::stable_sort(slots.begin(), slots.end(),
                   [](const SlotCopy* a, const SlotCopy* b) { return a->stream < b->stream; });
  for (const SlotCopy* slot : slots) {
    if (!out_.streams.empty() && out_.streams.back().id == slot->stream) continue;
    SurveyedStream& stream = out_.streams.emplace_back();
    stream.id = slot->stream;
    stream.slot = slot;
    stream.open.assign(slot->open.begin(),
                       slot->open.begin() + std::min<std::size_t>(slot->open.size(), core::kMaxDepth));
  }
}

bool Surveyor::check_keyframe(const ChunkCopy& copy, Candidate* candidate) {
  const std::span<const std::uint64_t> words = copy_.chunks.words(copy);
  if (words.size() < chunk::kOpen) {
    nameless_rejects_ = true;
    reject(copy.offset, copy.bytes, "a chunk without a whole keyframe");
    return false;
  }
  const std::uint64_t pool = words[chunk::kStream] >> 32;
  if (pool == static_cast<unsigned>(core::PoolKind::kSamples) ||
      pool == static_cast<unsigned>(core::PoolKind::kContent))
    return false;  // record kinds of their own
  const std::uint64_t stream = words[chunk::kStream];
  if (pool != 0 || stream >= limits_.streams || words[chunk::kSequence] == 0) {
    nameless_rejects_ = true;
    reject(copy.offset, copy.bytes, "a chunk of no stream");
    return false;
  }
  const std::size_t depth = core::keyframe_depth(words[chunk::kDepth]);
  const bool sound = depth <= core::kMaxDepth && copy.bytes >= core::keyframe_bytes(depth) &&
                     words[chunk::kRequest] <= core::kMaxRequest && words[chunk::kParentStream] < limits_.streams &&
                     (words[chunk::kSequence] != 1 || words[chunk::kRecords] == 0);
  if (!sound) {
    rejected_.push_back({static_cast<std::uint16_t>(stream), words[chunk::kSequence]});
    reject(copy.offset, copy.bytes, "a chunk whose keyframe contradicts itself");
    return false;
  }
  candidate->stream = static_cast<std::uint16_t>(stream);
  candidate->chunk.words = words.data();
  candidate->chunk.offset = copy.offset;
  candidate->chunk.committed = copy.bytes;
  return true;
}

// Sorts the copies into their streams; of two copies of one chunk the longer one stays.
void Surveyor::gather() {
  for (const ChunkCopy& copy : copy_.chunks.copies()) {
    Candidate candidate;
    if (check_keyframe(copy, &candidate)) candidates_.push_back(candidate);
  }
  std::stable_sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.stream, a.chunk.sequence(), b.chunk.committed) <
           std::tuple(b.stream, b.chunk.sequence(), a.chunk.committed);
  });
  std::vector<SurveyedStream> without_slot;
  std::size_t next = 0;  // streams are by id, and so are the candidates
  for (const Candidate& candidate : candidates_) {
    while (next < out_.streams.size() && out_.streams[next].id < candidate.stream) ++next;
    SurveyedStream* stream = nullptr;
    if (next < out_.streams.size() && out_.streams[next].id == candidate.stream) {
      stream = &out_.streams[next];
    } else {
      if (without_slot.empty() || without_slot.back().id != candidate.stream)
        without_slot.emplace_back().id = candidate.stream;
      stream = &without_slot.back();
    }
    if (stream->chunks.empty() || stream->chunks.back().sequence() != candidate.chunk.sequence())
      stream->chunks.push_back(candidate.chunk);
  }
  std::move(without_slot.begin(), without_slot.end(), std::back_inserter(out_.streams));
  std::sort(out_.streams.begin(), out_.streams.end(),
            [](const SurveyedStream& a, const SurveyedStream& b) { return a.id < b.id; });
}

// Why chunks between two sequence numbers are missing.  Chunks are recycled in the order of their closing, so one that
// is missing although an older one is there was recycled after the copy had begun.  Not so of a dead process: nothing
// moves any more, but a thread may have been killed, or held for long before that, with an older one in its hands.
GapReason Surveyor::reason(std::uint16_t stream, std::uint64_t after, std::uint64_t before) const {
  const auto within = [&](const RecycledChunk& one) {
    return one.stream == stream && one.sequence > after && one.sequence < before;
  };
  if (std::any_of(rejected_.begin(), rejected_.end(), within)) return GapReason::kRejected;
  const std::span<const RecycledChunk> recycled = copy_.chunks.recycled();
  if (std::any_of(recycled.begin(), recycled.end(), within)) return GapReason::kRecycledWhileRead;
  if (after == 0) return GapReason::kOverwritten;
  const bool room = before > after + 1;  // for a whole chunk
  if (!copy_.alive && !nameless_rejects_) return room ? GapReason::kOverwritten : GapReason::kRejected;
  return nameless_rejects_ ? GapReason::kRejected : GapReason::kRecycledWhileRead;
}

// Is `next` the stream's continuation?  Sets its gap; false: its counts contradict what was read before it.
bool Surveyor::follows(const CheckedChunk& before, CheckedChunk& next, std::uint16_t stream) {
  const std::uint64_t records = before.word(chunk::kRecords), read = before.records;
  const std::uint64_t bytes = before.word(chunk::kBytes), taken = before.good - before.first();
  if (next.word(chunk::kRecords) < records || next.word(chunk::kRecords) - records < read) return false;
  if (next.word(chunk::kBytes) < bytes || next.word(chunk::kBytes) - bytes < taken) return false;
  const bool adjacent = before.sequence() + 1 == next.sequence();
  const std::uint64_t lost = next.word(chunk::kRecords) - records - read;
  if (adjacent && lost == 0) return true;
  Gap gap;
  gap.records = lost;
  gap.bytes = next.word(chunk::kBytes) - bytes - taken;
  gap.until = std::min(next.word(chunk::kPreviousLast), next.word(chunk::kBase));
  gap.reason =
      before.good < before.committed ? GapReason::kRejected : reason(stream, before.sequence(), next.sequence());
  next.gap = gap;
  return true;
}

void Surveyor::read_stream(SurveyedStream& stream) {
  std::vector<CheckedChunk> chunks = std::move(stream.chunks);
  stream.chunks.clear();
  const std::uint64_t known = stream.slot != nullptr ? stream.slot->sequence : 0;
  for (CheckedChunk& next : chunks) {
    if (stream.chunks.empty()) {
      if (next.sequence() != 1)
        next.gap = Gap{reason(stream.id, 0, next.sequence()), next.word(chunk::kRecords), next.word(chunk::kBytes),
                       std::min(next.word(chunk::kPreviousLast), next.word(chunk::kBase))};
    } else if (!follows(stream.chunks.back(), next, stream.id)) {
      rejected_.push_back({stream.id, next.sequence()});
      reject(next.offset, next.committed, "a chunk that counts fewer records than were there before it");
      continue;
    }
    // Chunks that were begun after the stacks were copied count as far as they continue without a gap.  A dead process
    // began none meanwhile: it was killed before its slot learned of the chunk.
    if (copy_.alive && next.sequence() > known && next.gap) break;
    walk(next, stream);
    stream.chunks.push_back(next);
  }
  note_tail(stream);
}

void Surveyor::note_tail(SurveyedStream& stream) {
  const std::uint64_t known = stream.slot != nullptr ? stream.slot->sequence : 0;
  if (stream.chunks.empty()) {
    if (known != 0)
      stream.tail = Gap{reason(stream.id, 0, known + 1), stream.slot->lost_records, stream.slot->lost_bytes, 0};
    return;
  }
  const CheckedChunk& last = stream.chunks.back();
  const std::uint64_t before = last.word(chunk::kRecords) + last.records;
  if (last.good < last.committed) {
    const std::uint64_t closed = last.word(chunk::kClosedRecords);
    const bool told = last.word(chunk::kLast) != 0 && closed >= before;
    stream.tail = Gap{GapReason::kRejected, told ? closed - before : 0, last.committed - last.good, 0};
  } else if (last.sequence() < known) {
    stream.tail = Gap{reason(stream.id, last.sequence(), known + 1), 0, 0, 0};
    const std::uint64_t bytes = last.word(chunk::kBytes) + last.good - last.first();
    if (copy_.alive || stream.slot->closed_records < before || stream.slot->closed_bytes < bytes) return;
    // Its last chunk was closed and overwritten, and its slot tells what had been written by then.
    stream.tail->records = stream.slot->closed_records - before;
    stream.tail->bytes = stream.slot->closed_bytes - bytes;
  } else if (last.sequence() == known && stream.slot->newest_gone && !last.whole()) {
    stream.tail = Gap{GapReason::kRecycledWhileRead, 0, 0, 0};
  }
}

void Surveyor::end_request(std::uint64_t number) {
  const auto at = std::lower_bound(flights_.begin(), flights_.end(), number,
                                   [](const Flight& flight, std::uint64_t n) { return flight.number < n; });
  if (at != flights_.end() && at->number == number) at->copy = nullptr;
}

void Surveyor::note_rare(const std::uint64_t* w, SurveyedStream& stream, std::uint64_t* request) {
  const unsigned depth = core::stage_depth(w[1]);
  switch (core::head_type(w[0])) {
    case RecordType::kContext:
      *request = w[1];
      break;
    case RecordType::kLong:
      finished_.push_back({w[2], static_cast<std::uint16_t>(w[4])});
      if (core::stage_flags(w[1]) & core::kStageIsRequest) end_request(w[3]);
      break;
    case RecordType::kDetach:
      if (depth < stream.open.size() && stream.open[depth].start == w[2]) stream.open[depth].start = 0;
      if (core::stage_flags(w[1]) & core::kStageDetached)
        detached_.push_back({{w[2], stream.id}, w[3], core::head_site(w[0]), static_cast<std::uint8_t>(depth)});
      break;
    default:
      break;
  }
}

// Plain stages, which most records are, from `at` on: checked as checked_record() does, without its questions about
// everything else.  Returns the first byte of what is not a good plain stage.
std::size_t Surveyor::walk_stages(const CheckedChunk& found, std::size_t at, std::uint64_t request,
                                  SurveyedStream& stream, std::uint64_t* last_end) {
  const std::uint64_t base = found.word(chunk::kBase);
  if (base > ~std::uint64_t{0} - core::head_time(~std::uint64_t{0})) return at;  // an end may wrap around
  const std::size_t names = limits_.names, depths = stream.open.size();
  for (; found.committed - at >= core::kRecordAlign; at += core::kRecordAlign) {
    const std::uint64_t* const w = found.words + at / core::kWordBytes;
    const std::uint64_t w0 = w[0], w1 = w[1];
    if (core::head_type(w0) != RecordType::kStage) break;
    const std::uint64_t end = base + core::head_time(w0), duration = core::stage_duration(w1);
    const unsigned depth = core::stage_depth(w1);
    if (core::head_site(w0) >= names || depth >= core::kMaxDepth || duration > end) break;
    if (depth < depths && stream.open[depth].start == end - duration) stream.open[depth].start = 0;
    if (core::stage_flags(w1) & core::kStageIsRequest) end_request(request);
    *last_end = end;
  }
  return at;
}

// Checks a chunk's records one after the other up to the first bad one.
void Surveyor::walk(CheckedChunk& found, SurveyedStream& stream) {
  const std::uint64_t base = found.word(chunk::kBase);
  std::uint64_t request = found.word(chunk::kRequest), last_end = base, records = 0;
  std::size_t at = found.first();
  while (true) {
    const std::size_t stages_end = walk_stages(found, at, request, stream, &last_end);
    records += (stages_end - at) / core::kRecordAlign;
    at = stages_end;
    if (at >= found.committed) break;
    const std::uint64_t* const w = found.words + at / core::kWordBytes;
    const std::size_t bytes = checked_record(w, found.committed - at, base, limits_);
    if (bytes == 0) break;
    const RecordType type = core::head_type(w[0]);
    if (type == RecordType::kStage) {
      const std::uint64_t end = base + core::head_time(w[0]);
      const unsigned depth = core::stage_depth(w[1]);
      if (depth < stream.open.size() && stream.open[depth].start == end - core::stage_duration(w[1]))
        stream.open[depth].start = 0;
      if (core::stage_flags(w[1]) & core::kStageIsRequest) end_request(request);
      last_end = end;
    } else if (type == RecordType::kAttributeElsewhere) {
      out_.attributes_elsewhere.push_back({w[3], static_cast<std::uint16_t>(w[2])});
    } else if (type != RecordType::kAttribute) {
      last_end = base + core::head_time(w[0]);
      note_rare(w, stream, &request);
    }
    at += bytes;
    ++records;
  }
  found.good = at;
  found.records = records;
  found.last_end = last_end;
  out_.newest = std::max(out_.newest, last_end);
  if (at < found.committed)
    reject(found.offset + at, found.committed - at,
           "a record that no recorder writes; the rest of its chunk is left out");
}

// Stacks minus what ended in the chunks ("in both: finished wins"), then detached stages that did not end.
void Surveyor::list_open_stages() {
  const auto ended = [&](const StageIdentity& identity) {
    return std::binary_search(finished_.begin(), finished_.end(), identity);
  };
  for (const SurveyedStream& stream : out_.streams)
    for (std::size_t depth = 0; depth < stream.open.size(); ++depth) {
      const OpenEntry& entry = stream.open[depth];
      if (entry.start == 0 || ended({entry.start, stream.id})) continue;
      const std::uint16_t site = core::meta_site(entry.meta);
      out_.open_stages.push_back({entry.start, core::meta_request(entry.meta), stream.id,
                                  site < limits_.names ? site : core::kNoName, static_cast<std::uint8_t>(depth),
                                  false});
    }
  for (const Detached& stage : detached_)
    if (!ended(stage.identity))
      out_.open_stages.push_back(
          {stage.identity.start, stage.request, stage.identity.stream, stage.site, stage.depth, true});
  for (const OpenStage& stage : out_.open_stages) out_.newest = std::max(out_.newest, stage.start);
}

void Surveyor::list_open_requests() {
  for (const Flight& flight : flights_) {
    if (flight.copy == nullptr || flight.number == 0) continue;
    OpenRequest request = request_of(*flight.copy);
    if (request.site >= limits_.names) request.site = core::kNoName;
    if (request.stream >= limits_.streams) {
      reject(0, core::flight::kWords * core::kWordBytes, "a request in flight that begins on no stream");
      continue;
    }
    out_.newest = std::max(out_.newest, request.start);
    out_.open_requests.push_back(std::move(request));
  }
}

}  // namespace

Survey survey_region(const RegionCopy& copy) { return Surveyor(copy).run(); }

}  // namespace looptape::dump
