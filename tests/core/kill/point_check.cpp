// What is to be seen of a thread that stands at a named point: see kill_check.h.
#include <algorithm>

#include "tests/core/kill/kill_check.h"

namespace looptape::testing {
namespace {

namespace chunk = core::chunk;
namespace slot = core::slot;
using core::Point;

// The words after the newest chunk's end.
Words beyond_end(const LeftStream& stream) {
  if (stream.chunks.empty()) return {};
  const LeftChunk& newest = stream.chunks.back();
  return newest.words.subspan(newest.word(chunk::kCommitted) / core::kWordBytes);
}

// Does the next record stand there, as far as it is written?
bool next_record_stands(const LeftBehind& left, const LeftStream& stream, bool whole) {
  const Words w = beyond_end(stream);
  if (w.size() < 2) return false;
  const std::uint64_t n = stream.written() + 1;
  if (whole) return compare_record(left, w, n).empty();
  const ExpectedRecord want = expected_record(n);
  return core::head_type(w[0]) == want.type && core::head_low(w[0]) == want.low &&
         (want.name.empty() || left.name_text(core::head_site(w[0])) == want.name);
}

bool name_half_written(const LeftBehind& left) {
  for (std::uint64_t i = 0; i < left.header(core::header::kNamesCapacity); ++i) {
    const Words entry = left.name(i);
    if (entry[core::name_entry::kHead] == 0 && entry[core::name_entry::kHash] != 0) return true;
  }
  return false;
}

// An entry of this stream in the table of requests; `listed`: with a number.
bool has_flight(const LeftBehind& left, const LeftStream& stream, bool listed) {
  for (std::uint64_t i = 0; i < left.header(core::header::kFlightCount); ++i) {
    const Words entry = left.flight(i);
    if (entry[core::flight::kStart] != 0 && entry[core::flight::kSite] >> 16 == stream.id &&
        (entry[core::flight::kNumber] != 0) == listed)
      return true;
  }
  return false;
}

// Between the close of one chunk and the next one's entry in the slot.
bool without_chunk(const LeftStream& stream) { return stream.slot_word(slot::kChunk) == 0; }

bool has_odd_chunk_of(const LeftBehind& left, const LeftStream& stream) {
  for (std::uint64_t i = 0; i < left.chunk_count(); ++i) {
    const Words words = left.chunk(i);
    if (words[chunk::kGeneration] % 2 != 0 && words[chunk::kStream] == stream.id &&
        words[chunk::kSequence] == stream.slot_word(slot::kSequence) + 1)
      return true;
  }
  return false;
}

bool shows(const LeftBehind& left, const LeftStream& stream, Point point) {
  const std::size_t depth = has_request(iteration_of(stream.begun)) && step_of(stream.begun) != Step::kRequestBegin;
  const std::uint64_t entry = slot::kOpen + 2 * depth;
  const bool acknowledged = stream.written() == records_through(stream.done);
  switch (point) {
    case Point::kRecordHalfWritten:
      return next_record_stands(left, stream, false);
    case Point::kRecordUncommitted:
      return next_record_stands(left, stream, true);
    case Point::kRecordCommitted:
      return !acknowledged;
    case Point::kStagePushedMeta:
      return stream.slot_word(entry) == 0 && stream.slot_word(entry + 1) != 0;
    case Point::kStagePushed:
      return stream.slot_word(entry) != 0;
    case Point::kChunkClosed:
    case Point::kChunkPushed:
      return stream.slot_word(slot::kChunk) != 0 && stream.slot_word(slot::kClosedRecords) == stream.written();
    case Point::kChunkQueued:
    case Point::kChunkTaken:
    case Point::kChunkCharged:
      return without_chunk(stream) && stream.last_whole() <= stream.slot_word(slot::kSequence);
    case Point::kChunkOdd:
      return without_chunk(stream) && left.odd != 0;
    case Point::kChunkKeyframe:
      return without_chunk(stream) && has_odd_chunk_of(left, stream);
    case Point::kChunkEven:
      return without_chunk(stream) && stream.last_whole() == stream.slot_word(slot::kSequence) + 1;
    case Point::kFlightFilled:
      return has_flight(left, stream, false);
    case Point::kFlightPublished:
      return has_flight(left, stream, true);
    case Point::kNameWritten:
      return true;  // in the region, or before that in the process's own table, which is gone
    case Point::kCount:
      break;
  }
  return false;
}

}  // namespace

void check_point(const LeftBehind& left, const KillPlan& plan, const Shared& shared, Verdict& verdict) {
  if (!plan.point) return;
  for (const LeftStream& stream : left.streams)
    if (shared.threads[stream.thread].tid == shared.reached)
      return verdict.require(shows(left, stream, *plan.point), "the thread does not stand at its point");
  verdict.require(false, "it was not killed at its point");
}

bool shows_unfinished_write(const LeftBehind& left) {
  if (left.odd != 0 || name_half_written(left)) return true;
  return std::any_of(left.streams.begin(), left.streams.end(), [](const LeftStream& stream) {
    if (stream.slot.empty() || stream.begun == 0) return false;
    if (without_chunk(stream)) return true;
    if (stream.chunks.empty() || stream.chunks.back().word(chunk::kLast) != 0) return true;  // being closed
    const Words beyond = beyond_end(stream);
    return stream.chunks.back().lives() == 1 && !beyond.empty() && beyond[0] != 0;
  });
}

bool would_show_a_record(const LeftBehind& left) {
  return std::all_of(left.streams.begin(), left.streams.end(), [](const LeftStream& stream) {
    return stream.chunks.empty() || stream.chunks.back().lives() == 1;
  });
}

}  // namespace looptape::testing
