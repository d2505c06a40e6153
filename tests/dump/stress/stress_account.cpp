// What was written against what was read, to the record: see stress_account.h.
#include "tests/dump/stress/stress_account.h"

#include "dump/assembler.h"
#include "tests/dump/stress/numbered_records.h"

namespace looptape::dump::testing {
namespace {

// What the decoder says of the whole; rows themselves are counted only.
class BooksSink : public Sink {
 public:
  void opening(const Opening&) override {}
  void block(const Block& block) override {
    stages += block.stages.size();
    points += block.points.size();
  }
  void closing(const Closing& given) override { close = given; }
  void damage(const Damage& given) override { wrong = "damage: " + given.what; }
  Closing close;
  std::uint64_t stages = 0, points = 0;
  std::string wrong;
};

// By stream and sequence, of each chunk the longest copy.
using Chunks = std::map<std::uint64_t, std::map<std::uint64_t, ChunkTally>>;

Chunks check_chunks(const RegionCopy& copy, RegionAccount& account) {
  Chunks chunks;
  for (const ChunkCopy& found : copy.chunks.copies()) {
    ChunkTally tally;
    const std::string wrong = check_chunk(copy.chunks.words(found), &tally);
    if (account.wrong.empty()) account.wrong = wrong;
    account.chunks += 1;
    account.records += tally.records;
    ChunkTally& kept = chunks[tally.stream][tally.sequence];
    if (account.wrong.empty() && kept.generation != 0 && kept.before != tally.before)
      account.wrong = "two chunks of one place in a stream";
    if (tally.records >= kept.records) kept = tally;
  }
  return chunks;
}

struct Totals {
  std::uint64_t lost = 0, lost_bytes = 0, points = 0, stages = 0;
};

// Goes through a stream's chunks in sequence.  What was begun after the stacks were copied (`known`) belongs to the
// copy as far as nothing before it is missing.
StreamAccount add_up(const std::map<std::uint64_t, ChunkTally>& chunks, std::uint64_t known, Totals& totals) {
  StreamAccount account;
  std::uint64_t last = 0, bytes = 0;
  for (const auto& [sequence, chunk] : chunks) {
    const bool gap = chunk.before != account.newest || sequence != last + 1;
    if (gap && sequence > known) break;
    totals.lost += chunk.before - account.newest;
    totals.lost_bytes += chunk.bytes_before - bytes;
    totals.points += chunk.points;
    totals.stages += chunk.stages;
    account.read += chunk.records;
    account.read_bytes += chunk.bytes;
    account.newest = chunk.before + chunk.records;
    bytes = chunk.bytes_before + chunk.bytes;
    last = sequence;
  }
  account.tail_missing = last < known;
  return account;
}

// The decoder's own figures for the same stream; empty: they agree.
std::string compare(const Stream& stream, const Totals& totals, StreamAccount& account) {
  std::uint64_t lost_bytes = 0;
  for (const Gap& gap : stream.gaps) {
    lost_bytes += gap.bytes;
    std::uint64_t& kind = gap.reason == GapReason::kOverwritten         ? account.overwritten
                          : gap.reason == GapReason::kRecycledWhileRead ? account.overtaken
                                                                        : account.rejected;
    kind += gap.records;
  }
  account.lost_bytes = lost_bytes;
  account.dropped = stream.dropped;
  const auto differ = [&](const char* what, std::uint64_t told, std::uint64_t found) {
    return "stream " + std::to_string(stream.id) + ": " + what + " " + std::to_string(told) + " told, " +
           std::to_string(found) + " found";
  };
  if (stream.records != account.read) return differ("records", stream.records, account.read);
  if (stream.bytes != account.read_bytes) return differ("bytes", stream.bytes, account.read_bytes);
  if (account.lost() != totals.lost) return differ("lost records", account.lost(), totals.lost);
  if (lost_bytes != totals.lost_bytes) return differ("lost bytes", lost_bytes, totals.lost_bytes);
  if (account.read + account.lost() != account.newest)
    return differ("read and lost", account.read + account.lost(), account.newest);
  return {};
}

}  // namespace

RegionAccount account_for(const RegionCopy& copy) {
  RegionAccount account;
  const Chunks chunks = check_chunks(copy, account);
  BooksSink told;
  assemble(copy, {}, told);
  if (account.wrong.empty()) account.wrong = told.wrong;
  std::map<std::uint64_t, const SlotCopy*> slots;
  for (const SlotCopy& slot : copy.slots) slots[slot.stream] = &slot;
  std::map<std::uint64_t, Totals> totals;
  std::uint64_t points = 0, stages = 0;
  for (const auto& [id, of_stream] : chunks) {
    const auto slot = slots.find(id);
    account.streams[id] = add_up(of_stream, slot == slots.end() ? 0 : slot->second->sequence, totals[id]);
    points += totals[id].points;
    stages += totals[id].stages;
  }
  for (const Stream& stream : told.close.streams) {
    StreamAccount& kept = account.streams[stream.id];
    if (kept.read == 0) {  // every chunk of it was recycled before it could be copied: then that is said
      kept.tail_missing = true;
      if (account.wrong.empty() && (stream.gaps.empty() || stream.records != 0))
        account.wrong = "nothing of a stream, and not a word about it";
      continue;
    }
    const std::string wrong = compare(stream, totals[stream.id], kept);
    if (account.wrong.empty()) account.wrong = wrong;
    if (const auto slot = slots.find(stream.id); slot != slots.end()) {
      kept.lost_slot = slot->second->lost_records;
      kept.lost_slot_bytes = slot->second->lost_bytes;
    }
  }
  if (account.wrong.empty() && (told.points != points || told.stages != stages))
    account.wrong = "another number of rows than of records";
  return account;
}

}  // namespace looptape::dump::testing
