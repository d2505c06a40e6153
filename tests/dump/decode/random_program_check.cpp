// The comparison of decoded rows with the account of a random program.
#include <algorithm>
#include <set>
#include <tuple>

#include "tests/dump/decode/random_program.h"
#include "tests/dump/decode/recording_builder.h"

namespace looptape::dump::testing {
namespace {

using Kept = std::array<std::vector<std::uint64_t>, 2>;
using Identity = std::pair<std::uint16_t, std::uint64_t>;

class Comparison {
 public:
  Comparison(const Account& account, const Kept& kept, const Rows& rows) : account_(account), rows_(rows) {
    for (unsigned thread = 0; thread < 2; ++thread) kept_[thread].insert(kept[thread].begin(), kept[thread].end());
    for (std::size_t i = 0; i < account.stages.size(); ++i)
      stage_of_[{account.stages[i].stream, account.stages[i].start}] = i;
  }

  std::string run() {
    if (!rows_.damages.empty()) return "damage: " + rows_.damages[0].what;
    check_attributes();
    check_stages();
    check_events();
    check_losses();
    check_open();
    return first_;
  }

 private:
  bool survives(const RecordPlace& place) const { return kept_[place.thread].contains(account_.chunk_of(place)); }
  // Nothing is missing between two records of a stream, theirs included.
  bool unbroken(const RecordPlace& from, std::uint64_t to_sequence) const {
    for (std::uint64_t s = account_.chunk_of(from); s <= to_sequence; ++s)
      if (!kept_[from.thread].contains(s)) return false;
    return true;
  }
  void wrong(const std::string& what, std::uint64_t which) {
    if (first_.empty()) first_ = what + " (" + std::to_string(which) + ")";
  }
  void must(bool holds, const char* what, std::uint64_t which) {
    if (!holds) wrong(what, which);
  }

  void check_attributes() {
    std::set<std::uint64_t> seen;
    for (const auto& row : rows_.attributes) {
      const std::uint64_t serial =
          row.type == core::ValueType::kText ? std::strtoull(row.stored.c_str(), nullptr, 10) : row.value;
      if (serial >= account_.attributes.size()) return wrong("an attribute nobody set", serial);
      const TrueAttribute& attribute = account_.attributes[serial];
      const TrueStage& stage = account_.stages[attribute.stage];
      must(row.request == 0 && row.stream == stage.stream && row.start == stage.start, "an attribute on a wrong stage",
           serial);
      must(row.key == attribute.key && row.stored == attribute.text, "an attribute with a wrong key or text", serial);
      must(survives(attribute.record), "an attribute from a dropped chunk", serial);
      must(seen.insert(serial).second, "an attribute twice", serial);
      ++taken_[{stage.stream, stage.start}];
    }
    for (std::uint64_t serial = 0; serial < account_.attributes.size(); ++serial)
      must(seen.contains(serial) || may_be_missing(account_.attributes[serial]), "an attribute is missing without need",
           serial);
  }

  bool may_be_missing(const TrueAttribute& attribute) const {
    const TrueStage& stage = account_.stages[attribute.stage];
    if (!survives(attribute.record)) return true;
    if (attribute.elsewhere) return false;
    if (stage.abandoned || stage.orphaned) return true;
    const bool ends_here = stage.end && !stage.ended_elsewhere;
    return !unbroken(attribute.record, ends_here ? account_.chunk_of(*stage.end)
                                                 : account_.chunks[attribute.record.thread].rbegin()->first);
  }

  void check_stages() {
    std::set<Identity> seen;
    for (const auto& row : rows_.stages) {
      const auto at = stage_of_.find({row.stream, row.start});
      if (at == stage_of_.end()) return wrong("a stage that never began", row.start);
      const TrueStage& stage = account_.stages[at->second];
      must(seen.insert(at->first).second, "a stage twice", at->second);
      if (!stage.end) return wrong("a stage that never ended", at->second);
      must(survives(*stage.end), "a stage from a dropped chunk", at->second);
      must(row.site == stage.site && row.status == stage.status && row.flags == stage.flags,
           "a wrong site, status or flags", at->second);
      const std::uint64_t end = row.start + row.duration;
      must(end >= stage.end_from && end <= stage.end_to, "a wrong end", at->second);
      must(row.in.request == stage.request, "a wrong request", at->second);
      must(row.in == expected_context(stage), "a wrong context", at->second);
      must(row.depth == expected_depth(stage), "a wrong depth", at->second);
      must(row.attributes == stage.attributes, "a wrong count of attributes", at->second);
      must(row.lost_attributes == stage.attributes - taken_[at->first], "lost attributes miscounted", at->second);
    }
    for (std::size_t i = 0; i < account_.stages.size(); ++i) {
      const TrueStage& stage = account_.stages[i];
      if (!stage.end) continue;
      const bool there = seen.contains({stage.stream, stage.start});
      must(there == survives(*stage.end), "a stage whose end survived is missing", i);
      must(there || stage.end_from <= rows_.close.complete_since, "a stage is missing after complete since", i);
    }
  }

  Context expected_context(const TrueStage& stage) const {
    Context known = stage.context_at_end;
    if (stage.detached || stage.ended_elsewhere)
      known = stage.detach && survives(*stage.detach) ? stage.context_at_detach : Context{};
    return known.request == stage.request && (known.request != 0 || !stage.ended_elsewhere)
               ? known
               : Context{stage.request, 0, 0};
  }
  unsigned expected_depth(const TrueStage& stage) const {
    return stage.detach && !survives(*stage.detach) ? 0 : stage.depth;
  }

  void check_events() {
    std::set<std::uint64_t> seen;
    for (const auto& row : rows_.points) {
      if (row.value >= account_.events.size()) return wrong("an event that never was", row.value);
      const TrueEvent& event = account_.events[row.value];
      must(survives(event.record) && seen.insert(row.value).second, "an event twice or from a dropped chunk",
           row.value);
      must(row.at >= event.from && row.at <= event.to, "an event at a wrong time", row.value);
      must(row.in.request == event.request, "an event of a wrong request", row.value);
    }
    for (std::size_t i = 0; i < account_.events.size(); ++i) {
      must(seen.contains(i) == survives(account_.events[i].record), "an event is missing", i);
      must(seen.contains(i) || account_.events[i].from <= rows_.close.complete_since,
           "an event is missing after complete since", i);
    }
  }

  // Gaps, their counts and "complete since", from the chunks' first records alone.
  void check_losses() {
    std::uint64_t complete = rows_.open.process.first.tick;
    for (unsigned thread = 0; thread < 2; ++thread) {
      const Stream& stream = rows_.stream(account_.stream[thread]);
      std::vector<std::tuple<GapReason, std::uint64_t>> expected, found;
      std::uint64_t missing_from = 0, read = 0;
      bool missing = true, any = false;
      for (const auto& [sequence, chunk] : account_.chunks[thread]) {
        const auto next = account_.chunks[thread].find(sequence + 1);
        const std::uint64_t end =
            next != account_.chunks[thread].end() ? next->second.first_record : account_.records[thread];
        if (kept_[thread].contains(sequence)) {
          if (missing) {
            expected.emplace_back(any ? GapReason::kRecycledWhileRead : GapReason::kOverwritten,
                                  chunk.first_record - missing_from);
            complete = std::max(complete, chunk.base);
          }
          missing = false;
          any = true;
          read += end - chunk.first_record;
        } else if (!missing) {
          missing = true;
          missing_from = chunk.first_record;
        }
      }
      for (const Gap& gap : stream.gaps) found.emplace_back(gap.reason, gap.records);
      if (missing) {  // of what followed the newest chunk that is there, nothing is known
        complete = std::max(complete, rows_.open.process.snapshot_tick);
        if (found.empty()) return wrong("the missing end of a stream is not told", thread);
        found.pop_back();
      }
      must(found == expected, "gaps or their counts are wrong", thread);
      must(stream.records == read, "records read are miscounted", thread);
    }
    must(rows_.close.complete_since == complete, "complete since is wrong", complete);
  }

  void check_open() {
    std::set<Identity> listed;
    for (const OpenStage& open : rows_.open.open_stages) {
      const auto at = stage_of_.find({open.stream, open.start});
      if (at == stage_of_.end()) return wrong("an open stage that never began", open.start);
      const TrueStage& stage = account_.stages[at->second];
      must(listed.insert(at->first).second, "an open stage twice", at->second);
      must(open.site == stage.site && open.request == stage.request && open.depth == stage.depth &&
               open.detached == stage.detached,
           "an open stage told wrongly", at->second);
      must(!stage.abandoned && (!stage.end || !survives(*stage.end)), "a finished stage as open", at->second);
      must(!stage.end || stage.detached || stage.ended_elsewhere, "a finished stage as open", at->second);
    }
    for (std::size_t i = 0; i < account_.stages.size(); ++i) {
      const TrueStage& stage = account_.stages[i];
      if (stage.end || stage.abandoned || (stage.detach && !survives(*stage.detach))) continue;
      must(listed.contains({stage.stream, stage.start}), "an open stage is missing", i);
    }
  }

  const Account& account_;
  const Rows& rows_;
  std::array<std::set<std::uint64_t>, 2> kept_;
  std::map<Identity, std::size_t> stage_of_;
  std::map<Identity, std::uint64_t> taken_;
  std::string first_;
};

}  // namespace

std::string contradiction(const Account& account, const Kept& kept, const Rows& rows) {
  return Comparison(account, kept, rows).run();
}

}  // namespace looptape::dump::testing
