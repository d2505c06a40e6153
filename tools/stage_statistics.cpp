// Figures per stage over many requests; see the header.
#include "tools/stage_statistics.h"

#include <algorithm>
#include <limits>

#include "dump/percentile.h"
#include "tools/attribute_text.h"

namespace looptape::tools {

void StageTable::begin(const Trace& trace) {
  service_ = service_name(trace.process());
  known_.assign(trace.name_count(), nullptr);
}

StageTable::Entry& StageTable::entry(const Trace& trace, std::uint16_t site) {
  if (known_.size() <= site) known_.resize(site + std::size_t{1}, nullptr);
  Entry*& known = known_[site];
  if (known == nullptr) {
    const std::string stage = trace.name(site);
    const std::uint8_t kind = trace.kind(site);
    known = &entries_[{stage, kind, service_}];
    known->statistics.service = service_;
    known->statistics.stage = stage;
    known->statistics.kind = kind;
  }
  return *known;
}

void StageTable::count(Entry& entry, const TraceStage& stage, std::int64_t duration_ns) {
  if (stage.open != 0) {
    ++entry.statistics.running;
    return;
  }
  ++entry.statistics.count;
  ++entry.statistics.statuses[stage.status];
  if (stage.status != static_cast<unsigned>(core::Status::ok)) ++entry.statistics.errors;
  const auto duration = static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration_ns));
  if (duration <= std::numeric_limits<std::uint32_t>::max()) {
    entry.short_ones.push_back(static_cast<std::uint32_t>(duration));
  } else {
    entry.long_ones.push_back(duration);
  }
}

void StageTable::enter(std::uint32_t depth, Entry* entry) {
  for (; enclosing_.size() > depth; enclosing_.pop_back()) {
    if (enclosing_.back() != nullptr) --enclosing_.back()->open;
  }
  enclosing_.push_back(entry);
  if (entry != nullptr) ++entry->open;
}

void StageTable::add(const RequestView& view) {
  const bool shares = view.head.whole && view.head.state == RequestState::kFinished;
  if (shares) {
    whole_requests_ns_ += view.head.duration_ns;
    ++whole_requests_;
  }
  for (const ViewStage& stage : view.stages) {
    if (stage.stage == kNone) {
      enter(stage.depth, nullptr);
      continue;
    }
    const TraceStage& recorded = view.head.trace->stages()[stage.stage];
    Entry& entry = this->entry(*view.head.trace, recorded.site);
    count(entry, recorded, stage.duration_ns);
    enter(stage.depth, &entry);
    if (!shares) continue;
    entry.statistics.critical_ns += stage.critical_ns;
    entry.statistics.self_ns += stage.self_ns;
    if (entry.open == 1) entry.statistics.drag_ns += stage.drag_ns;
  }
}

void StageTable::add_stage(const Trace& trace, const TraceStage& stage) {
  count(entry(trace, stage.site), stage, trace.clock().duration_ns(stage.start, stage.duration));
}

std::vector<StageStatistics> StageTable::rows() {
  std::vector<StageStatistics> rows;
  for (auto& keyed : entries_) {
    Entry& entry = keyed.second;  // clang 14 captures no structured bindings
    std::sort(entry.short_ones.begin(), entry.short_ones.end());
    std::sort(entry.long_ones.begin(), entry.long_ones.end());
    const std::uint64_t count = entry.short_ones.size() + entry.long_ones.size();
    const auto at = [&](std::uint64_t rank) {
      return rank < entry.short_ones.size() ? entry.short_ones[rank] : entry.long_ones[rank - entry.short_ones.size()];
    };
    const auto percentile = [&](unsigned per_mille) -> std::optional<std::uint64_t> {
      if (!dump::enough_for(count, per_mille)) return std::nullopt;
      return at(dump::nearest_rank(count, per_mille) - 1);
    };
    StageStatistics& row = entry.statistics;
    row.p50_ns = percentile(500);
    row.p95_ns = percentile(950);
    row.p99_ns = percentile(990);
    if (count != 0) row.max_ns = at(count - 1);
    rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const StageStatistics& a, const StageStatistics& b) { return a.critical_ns > b.critical_ns; });
  return rows;
}

}  // namespace looptape::tools
