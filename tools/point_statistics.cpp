// Figures of counters, gauges and events outside requests; see the header.
#include "tools/point_statistics.h"

#include <algorithm>
#include <bit>

namespace looptape::tools {
namespace {

bool less(core::ValueType type, std::uint64_t a, std::uint64_t b) {
  if (type == core::ValueType::kFloat) return std::bit_cast<double>(a) < std::bit_cast<double>(b);
  if (type == core::ValueType::kSigned) return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
  return a < b;
}

}  // namespace

void PointTable::take(const Trace& trace) {
  std::vector<PointStatistics*> known(3 * trace.name_count(), nullptr);  // no text is compared per step
  for (const TraceEvent& point : trace.events_of(kNone)) {
    const std::size_t of_kind = point.kind() == core::RecordType::kCounter ? 0
                                : point.kind() == core::RecordType::kGauge ? 1
                                                                           : 2;
    const std::size_t slot = 3 * std::size_t{point.site} + of_kind;
    if (slot >= known.size()) continue;
    if (known[slot] == nullptr) {
      known[slot] = &points_[{point.kind(), trace.name(point.site)}];
      known[slot]->name = trace.name(point.site);
      known[slot]->kind = point.kind();
    }
    PointStatistics& row = *known[slot];
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
    row.sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(row.sum) + point.value);  // wraps, like the counter
  }
}

std::vector<PointStatistics> PointTable::rows() const {
  std::vector<PointStatistics> rows;
  for (const auto& [key, row] : points_) rows.push_back(row);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const PointStatistics& a, const PointStatistics& b) { return a.steps > b.steps; });
  return rows;
}

const char* point_kind_name(core::RecordType kind) {
  return kind == core::RecordType::kCounter ? "counter" : kind == core::RecordType::kGauge ? "gauge" : "event";
}

}  // namespace looptape::tools
