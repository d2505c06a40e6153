// From a survey to the rows of a sink: see assembler.h.
#include "dump/assembler.h"

#include <algorithm>
#include <tuple>

#include "dump/region_survey.h"
#include "dump/stream_rows.h"

namespace looptape::dump {
namespace {

namespace chunk = core::chunk;

class Assembler {
 public:
  Assembler(const RegionCopy& copy, Sink& sink) : copy_(copy), survey_(survey_region(copy)), sink_(sink) {}

  void run(const Trigger& trigger) {
    for (const Damage& damage : survey_.damage) sink_.damage(damage);
    open(trigger);
    for (const SurveyedStream& stream : survey_.streams) {
      StreamRows rows(stream, survey_.attributes_elsewhere, cross_, closing_);
      rows.deliver(block_, sink_);
      close(stream, std::move(rows).owners());
    }
    deliver_ended_elsewhere();
    // Which streams there were, and what they wrote last, may stand in what is missing.
    closing_.damages = survey_.damage.size();
    closing_.rebuilt = copy_.missing_from != 0;
    if (closing_.rebuilt) closing_.complete_since = std::max(closing_.complete_since, snapshot_tick_);
    sink_.closing(closing_);
  }

 private:
  void open(const Trigger& trigger);
  void close(const SurveyedStream& surveyed, std::vector<Owner> owners);
  void deliver_ended_elsewhere();
  void add_ended(StageElsewhere& ended);

  const RegionCopy& copy_;
  const Survey survey_;
  Sink& sink_;
  Block block_;
  CrossStream cross_;
  Closing closing_;
  std::uint64_t first_tick_ = 0, snapshot_tick_ = 0;
};

void Assembler::open(const Trigger& trigger) {
  Opening opening;
  const std::uint64_t layout = copy_.word(core::header::kVersion);
  opening.format = {Format::Kind::kRegion, static_cast<std::uint32_t>(layout >> 32),
                    static_cast<std::uint32_t>(layout & 0xffff'ffffu)};
  opening.process = process_of(copy_);
  // A dead process was alive at least until the newest thing it left.
  if (opening.process.snapshot_tick == 0)
    opening.process.snapshot_tick = std::max(survey_.newest, copy_.word(core::header::kLastAnchorTick));
  first_tick_ = opening.process.first.tick;
  snapshot_tick_ = opening.process.snapshot_tick;
  // What happened during a pause is nowhere.
  closing_.complete_since = std::max(first_tick_, opening.process.resumed_at);
  opening.trigger = trigger;
  if (opening.trigger.tick == 0) opening.trigger.tick = snapshot_tick_;
  opening.counters = counters_of(copy_);
  // The recorder's own count is of a moment later, when more had been overwritten; what had been copied is not lost.
  std::uint64_t records = 0, bytes = 0;
  for (const SurveyedStream& stream : survey_.streams) {
    const auto add = [&](const std::optional<Gap>& gap) {
      if (!gap || gap->reason != GapReason::kOverwritten) return;
      records += gap->records;
      bytes += gap->bytes;
    };
    for (const CheckedChunk& found : stream.chunks) add(found.gap);
    add(stream.tail);
  }
  opening.counters.losses[static_cast<std::size_t>(core::Loss::kOverwritten)] = records;
  opening.counters.losses[static_cast<std::size_t>(core::Loss::kOverwrittenBytes)] = bytes;
  opening.names = copy_.names;
  opening.open_stages = survey_.open_stages;
  opening.open_requests = survey_.open_requests;
  sink_.opening(opening);
}

void Assembler::close(const SurveyedStream& surveyed, std::vector<Owner> owners) {
  Stream stream;
  stream.id = surveyed.id;
  stream.owners = std::move(owners);
  stream.first = first_tick_;
  stream.last = snapshot_tick_;
  for (const CheckedChunk& found : surveyed.chunks) {
    if (found.gap) stream.gaps.push_back(*found.gap);
    stream.chunks += 1;
    stream.records += found.records;
    stream.bytes += found.good - found.first();
    stream.last = std::max(stream.last, found.last_end);
  }
  if (!stream.gaps.empty()) stream.first = std::max(first_tick_, stream.gaps.back().until);
  std::uint64_t complete = stream.first;
  if (surveyed.tail) {
    stream.gaps.push_back(*surveyed.tail);
    stream.gaps.back().until = complete = snapshot_tick_;
    stream.last = surveyed.chunks.empty() ? stream.first : surveyed.chunks.back().last_end;
  }
  for (const Gap& gap : stream.gaps)
    if (gap.reason == GapReason::kOverwritten) stream.overwritten += gap.records;
  if (surveyed.slot != nullptr) {
    stream.shortfalls = surveyed.slot->shortfalls;
    stream.dropped = surveyed.slot->dropped;
    stream.took = surveyed.slot->took;
  }
  closing_.complete_since = std::max(closing_.complete_since, complete);
  closing_.streams.push_back(std::move(stream));
}

// Rule 6: what a stage's origin and other threads left of it, and its end, meet here.
void Assembler::add_ended(StageElsewhere& ended) {
  const StageIdentity identity{ended.row.start, ended.row.stream};
  const auto origin =
      std::lower_bound(cross_.detached.begin(), cross_.detached.end(), identity,
                       [](const DetachedStage& stage, const StageIdentity& wanted) { return stage.identity < wanted; });
  Context context{ended.request, 0, 0};
  std::size_t taken = count_elsewhere(survey_.attributes_elsewhere, identity);
  if (origin != cross_.detached.end() && origin->identity == identity) {
    taken += origin->taken;
    ended.row.depth = origin->depth;
    if (origin->context.request == ended.request) context = origin->context;
  }
  ended.row.lost_attributes = static_cast<std::uint8_t>(lost_attributes(ended.row.attributes, taken));
  closing_.lost_attributes += ended.row.lost_attributes;
  if (block_.contexts.empty() || !(block_.contexts.back() == context)) block_.contexts.push_back(context);
  ended.row.context = static_cast<std::uint32_t>(block_.contexts.size() - 1);
  block_.stages.push_back(ended.row);
}

void Assembler::deliver_ended_elsewhere() {
  std::sort(cross_.detached.begin(), cross_.detached.end(),
            [](const DetachedStage& a, const DetachedStage& b) { return a.identity < b.identity; });
  const auto chunk_of = [](const StageElsewhere& ended) { return std::tuple(ended.stream, ended.sequence); };
  std::vector<StageElsewhere>& all = cross_.ended;  // by stream and sequence already
  for (std::size_t i = 0; i < all.size();) {
    const auto place = chunk_of(all[i]);
    block_.clear();
    block_.stream = all[i].stream;
    block_.sequence = all[i].sequence;
    for (; i < all.size() && chunk_of(all[i]) == place; ++i) add_ended(all[i]);
    closing_.stages += block_.stages.size();
    sink_.block(block_);
  }
}

}  // namespace

void assemble(const RegionCopy& copy, const Trigger& trigger, Sink& sink) { Assembler(copy, sink).run(trigger); }

}  // namespace looptape::dump
