// Figures of counters, gauges and events outside requests; see the header.
#include "tools/point_statistics.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace looptape::tools {
namespace {

bool less(core::ValueType type, std::uint64_t a, std::uint64_t b) {
  if (type == core::ValueType::kFloat) return std::bit_cast<double>(a) < std::bit_cast<double>(b);
  if (type == core::ValueType::kSigned) return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
  return a < b;
}

}  // namespace

std::optional<double> PointStatistics::per_second() const {
  if (kind == core::RecordType::kGauge || covered_ns <= 0) return std::nullopt;
  const auto amount = kind == core::RecordType::kCounter ? covered_sum : static_cast<__int128>(covered_steps);
  return static_cast<double>(amount) / (static_cast<double>(covered_ns) / 1e9);
}

// What a part covers of the time that it is about; returns the number of its process.
std::size_t PointTable::add_covered(const Trace& trace) {
  const dump::Process& process = trace.process();
  const auto known = std::find_if(processes_.begin(), processes_.end(), [&](const ProcessTime& each) {
    return each.token == process.token && each.pid == process.pid;
  });
  const auto number = static_cast<std::size_t>(known - processes_.begin());
  if (known == processes_.end()) processes_.push_back({process.token, process.pid, {}});
  const Covered span = trace.span();
  for (const Covered& part : trace.covered()) {
    const std::uint64_t since = std::max({part.since, process.first.tick, span.since});
    const std::uint64_t until = std::min(part.until, span.until);
    if (since < until)
      processes_[number].covered.emplace_back(trace.clock().wall_ns(since), trace.clock().wall_ns(until));
  }
  return number;
}

// Processes that ran side by side share the time: what they count adds up.
std::int64_t PointTable::covered_ns(const std::set<std::size_t>& processes) const {
  std::vector<Stretch> stretches;
  for (const std::size_t each : processes)
    stretches.insert(stretches.end(), processes_[each].covered.begin(), processes_[each].covered.end());
  std::sort(stretches.begin(), stretches.end());
  std::int64_t sum = 0, known_until = std::numeric_limits<std::int64_t>::min();
  for (const auto& [since, until] : stretches) {
    if (until <= known_until) continue;
    sum += until - std::max(since, known_until);
    known_until = until;
  }
  return sum;
}

void PointTable::take(const Trace& trace) {
  const std::size_t process = add_covered(trace);
  std::vector<Row*> known(3 * trace.name_count(), nullptr);  // no text is compared per step
  for (const TraceEvent& point : trace.events_of(kNone)) {
    const std::size_t of_kind = point.kind() == core::RecordType::kCounter ? 0
                                : point.kind() == core::RecordType::kGauge ? 1
                                                                           : 2;
    const std::size_t slot = 3 * std::size_t{point.site} + of_kind;
    if (slot >= known.size()) continue;
    if (known[slot] == nullptr) {
      known[slot] = &points_[{point.kind(), trace.name(point.site)}];
      known[slot]->figures.name = trace.name(point.site);
      known[slot]->figures.kind = point.kind();
      known[slot]->processes.insert(process);
    }
    PointStatistics& row = known[slot]->figures;
    const std::int64_t at = trace.clock().wall_ns(point.at);
    if (row.steps++ == 0 || row.type != point.type) {
      row.type = point.type;
      row.least = row.most = point.value;
    }
    if (row.steps == 1) row.first_wall_ns = at, row.last = point.value, row.last_wall_ns = at;
    if (less(row.type, point.value, row.least)) row.least = point.value;
    if (less(row.type, row.most, point.value)) row.most = point.value;
    row.first_wall_ns = std::min(row.first_wall_ns, at);
    if (at >= row.last_wall_ns) row.last_wall_ns = at, row.last = point.value;
    const auto amount = static_cast<std::int64_t>(point.value);
    row.sum += amount;
    if (trace.covers(point.at, point.at)) ++row.covered_steps, row.covered_sum += amount;
  }
}

std::vector<PointStatistics> PointTable::rows() const {
  std::vector<PointStatistics> rows;
  for (const auto& [key, row] : points_) {
    rows.push_back(row.figures);
    rows.back().covered_ns = covered_ns(row.processes);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const PointStatistics& a, const PointStatistics& b) { return a.steps > b.steps; });
  return rows;
}

const char* point_kind_name(core::RecordType kind) {
  return kind == core::RecordType::kCounter ? "counter" : kind == core::RecordType::kGauge ? "gauge" : "event";
}

}  // namespace looptape::tools
