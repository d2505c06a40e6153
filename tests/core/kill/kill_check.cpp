// What a killed recording must still hold: see kill_check.h.
#include "tests/core/kill/kill_check.h"

#include <algorithm>
#include <array>

namespace looptape::testing {
namespace {

namespace chunk = core::chunk;
namespace slot = core::slot;

// Rule 1, of one chunk; counts its records.
void read_chunk(const LeftBehind& left, LeftChunk& one, std::uint64_t tid, Verdict& verdict) {
  const std::uint64_t committed = one.word(chunk::kCommitted);
  verdict.require(one.word(chunk::kTid) == tid, "a keyframe names another thread");
  verdict.require(one.word(chunk::kBytes) == bytes_of(one.before()), "a keyframe counts other bytes than were written");
  std::uint64_t at = core::keyframe_bytes(core::keyframe_depth(one.word(chunk::kDepth))), last = 0;
  if (committed > one.words.size_bytes() || committed < at) return verdict.require(false, "an impossible length");
  while (at < committed && verdict.problem().empty()) {
    const Words w = one.words.subspan(at / core::kWordBytes);
    const bool attribute = core::head_type(w[0]) == core::RecordType::kAttribute;
    const bool sane = !attribute || core::attribute_length(w[0]) <= core::kMaxTextBytes;
    const std::uint64_t bytes = sane ? core::record_bytes(w[0]) : 0;
    if (bytes == 0 || at + bytes > committed) return verdict.require(false, "a record that no recorder writes");
    verdict.require(attribute || core::head_time(w[0]) >= last, "a record that ends before the one before it");
    last = attribute ? last : core::head_time(w[0]);
    const std::string problem = compare_record(left, w, one.before() + one.records + 1);
    verdict.require(problem.empty(), problem);
    at += bytes;
    ++one.records;
  }
}

// Rules 1 to 3.
void check_stream(const LeftStream& stream, Verdict& verdict) {
  const std::string of = " of thread " + std::to_string(stream.thread);
  std::uint64_t end = 0;
  for (const LeftChunk& one : stream.chunks) {
    verdict.require(one.before() >= end, "two chunks hold the same records" + of);
    end = one.before() + one.records;
  }
  const std::uint64_t written = stream.written();
  verdict.require(written >= end, "more records than were written" + of);
  const std::uint64_t least = records_through(stream.done), most = records_through(stream.begun);
  verdict.require(written >= least,
                  "acknowledged " + std::to_string(least) + " records, written " + std::to_string(written) + of);
  verdict.require(written <= most, "more records than were ever begun" + of);
  if (stream.chunks.empty() || stream.last_whole() != stream.chunks_begun()) return;
  const std::uint64_t closed = stream.slot_word(slot::kClosedRecords);
  const LeftChunk& newest = stream.chunks.back();
  verdict.require(closed == newest.before() || (closed == written && newest.word(chunk::kLast) != 0),
                  "the slot counts other records than were closed" + of);
}

// Threads that may hold a chunk which they have taken and not marked: they have closed one, begun no other, and no odd
// or new one is theirs.
std::uint64_t most_in_hands(const LeftBehind& left) {
  std::uint64_t threads = 0;
  for (const LeftStream& stream : left.streams)
    threads += !stream.slot.empty() && stream.slot_word(slot::kChunk) == 0 &&
               stream.last_whole() <= stream.slot_word(slot::kSequence);
  return threads - std::min(threads, left.odd);
}

// Of a counter that is raised by a chunk's worth before the chunk is marked: how far it is ahead, per stream.
struct Ahead {
  std::array<std::int64_t, kThreads> by{};
  bool operator==(const Ahead&) const = default;
};

// Can taking at most `most` of the closed chunks that are still whole account for it?  `worth`: of a chunk.
template <class Worth>
bool accounted(const LeftBehind& left, const Ahead& ahead, std::uint64_t most, Worth worth) {
  struct Candidate {
    std::size_t thread = 0;
    const LeftChunk* chunk = nullptr;
  };
  std::vector<Candidate> candidates;  // chunks are taken in the order of their closing: the oldest of each stream
  for (const LeftStream& stream : left.streams)
    for (std::size_t i = 0; i < std::min<std::size_t>(stream.chunks.size(), kThreads); ++i)
      if (stream.chunks[i].word(chunk::kLast) != 0) candidates.push_back({stream.thread, &stream.chunks[i]});
  for (unsigned chosen = 0; chosen < 1u << candidates.size(); ++chosen) {
    if (static_cast<std::uint64_t>(__builtin_popcount(chosen)) > most) continue;
    Ahead sum;
    for (std::size_t i = 0; i < candidates.size(); ++i)
      if ((chosen >> i & 1) != 0)
        sum.by[candidates[i].thread] += static_cast<std::int64_t>(worth(*candidates[i].chunk));
    if (sum == ahead) return true;
  }
  return false;
}

// As above for a counter of the whole process.
template <class Worth>
bool accounted_in_all(const LeftBehind& left, std::int64_t ahead, std::uint64_t most, Worth worth) {
  Ahead sum;
  for (std::int64_t first = 0; first <= ahead; ++first) {
    sum.by = {first, ahead - first};
    if (accounted(left, sum, most, worth)) return true;
    if (most == 0) break;
  }
  return false;
}

std::uint64_t bytes_in(const LeftChunk& one) { return bytes_of(one.before() + one.records) - bytes_of(one.before()); }

std::uint64_t bytes_present(const LeftStream& stream) {
  std::uint64_t sum = 0;
  for (const LeftChunk& one : stream.chunks) sum += bytes_in(one);
  return sum;
}

// Rule 7.
void check_counters(const LeftBehind& left, std::uint64_t in_hands, Verdict& verdict) {
  Ahead records, bytes;
  std::int64_t all_records = static_cast<std::int64_t>(left.header(core::header::kLosses));
  std::int64_t all_bytes = static_cast<std::int64_t>(left.header(core::header::kLosses + 1));
  for (const LeftStream& stream : left.streams) {
    const auto missing = static_cast<std::int64_t>(stream.written() - stream.present());
    const auto missing_bytes = static_cast<std::int64_t>(bytes_of(stream.written()) - bytes_present(stream));
    records.by[stream.thread] = static_cast<std::int64_t>(stream.slot_word(slot::kLostRecords)) - missing;
    bytes.by[stream.thread] = static_cast<std::int64_t>(stream.slot_word(slot::kLostBytes)) - missing_bytes;
    all_records -= missing;
    all_bytes -= missing_bytes;
  }
  const auto records_of = [](const LeftChunk& one) { return one.records; };
  verdict.require(accounted(left, records, in_hands, records_of),
                  "a stream's overwritten records are counted wrongly, by " + std::to_string(records.by[0]) + " and " +
                      std::to_string(records.by[1]));
  verdict.require(accounted(left, bytes, in_hands, bytes_in), "a stream's overwritten bytes are counted wrongly");
  verdict.require(accounted_in_all(left, all_records, in_hands, records_of),
                  "all overwritten records are counted wrongly, by " + std::to_string(all_records));
  verdict.require(accounted_in_all(left, all_bytes, in_hands, bytes_in), "all overwritten bytes are counted wrongly");
}

// Rules 4, 6 and 8.
void check_chunks(const LeftBehind& left, std::uint64_t in_hands, Verdict& verdict) {
  std::uint64_t begun = left.odd, out_of_turn = 0;
  for (const LeftStream& stream : left.streams) {
    begun += stream.chunks_begun();
    std::uint64_t missing = stream.chunks_begun();  // the youngest that is
    for (std::size_t i = stream.chunks.size(); i-- > 0 && stream.chunks[i].sequence() == missing;) --missing;
    for (const LeftChunk& one : stream.chunks) out_of_turn += one.sequence() < missing;
  }
  verdict.require(begun == left.lives,
                  std::to_string(begun) + " chunks were begun, in " + std::to_string(left.lives) + " lives of chunks");
  verdict.require(out_of_turn <= in_hands, "chunks younger than one that is whole were overwritten");
  verdict.require(left.odd <= kThreads, "more chunks being recycled than there are threads");
  if (!left.turned_over) return verdict.require(left.untouched >= left.reserve(), "the reserve was used");
  verdict.require(
      left.untouched >= left.reserve() && left.untouched <= left.reserve() + in_hands,
      std::to_string(left.untouched) + " chunks were never used, the reserve is " + std::to_string(left.reserve()));
}

}  // namespace

void check_accounts(LeftBehind& left, Verdict& verdict) {
  verdict.require(left.problem.empty(), left.problem);
  for (LeftStream& stream : left.streams)
    for (LeftChunk& one : stream.chunks) read_chunk(left, one, stream.slot_word(slot::kTid), verdict);
  if (!verdict.problem().empty()) return;
  for (const LeftStream& stream : left.streams) check_stream(stream, verdict);
  if (!verdict.problem().empty()) return;
  const std::uint64_t in_hands = most_in_hands(left);
  check_chunks(left, in_hands, verdict);
  check_counters(left, in_hands, verdict);
}

void check_left_behind(const std::string& path, const KillPlan& plan, const Shared& shared, KillResult* result) {
  LeftBehind left(path, shared);
  Verdict verdict;
  check_accounts(left, verdict);
  if (verdict.problem().empty()) {
    check_rows(path, left, verdict);
    check_point(left, plan, shared, verdict);
  }
  result->problem = verdict.problem();
  result->turned_over = left.turned_over;
  result->inside_a_write = shows_unfinished_write(left);
  result->could_tell = would_show_a_record(left);
  for (const LeftStream& stream : left.streams) {
    result->inside_a_call |= stream.begun != stream.done;
    result->acknowledged += records_through(stream.done);
    result->read += stream.present();
    result->chunks += stream.chunks_begun();
    result->overwritten += stream.written() - stream.present();
  }
}

}  // namespace looptape::testing
