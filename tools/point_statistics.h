// Figures of counters, gauges and events outside requests, by name.
//
// Pure; one thread adds, then anybody reads.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tools/trace.h"

namespace looptape::tools {

struct PointStatistics {
  std::string name;
  core::RecordType kind = core::RecordType::kEvent;  // kCounter, kGauge, kEvent
  core::ValueType type = core::ValueType::kSigned;   // of the values
  std::uint64_t steps = 0;
  __int128 sum = 0;                             // of a counter: by how much it went up; as wide as any number of steps
  std::uint64_t last = 0, least = 0, most = 0;  // bits of values
  std::int64_t first_wall_ns = 0, last_wall_ns = 0;
  // The time that recordings of the processes that have it cover completely, and what stepped in it.
  std::int64_t covered_ns = 0;
  std::uint64_t covered_steps = 0;
  __int128 covered_sum = 0;

  // Of a counter its sum, of an event its steps; nothing of a gauge, and when no time is covered.
  std::optional<double> per_second() const;
};

class PointTable {
 public:
  // One part after the other; of a process in the order of time.
  void take(const Trace& trace);
  // Those with most steps first.
  std::vector<PointStatistics> rows() const;

 private:
  using Stretch = std::pair<std::int64_t, std::int64_t>;  // wall ns
  struct Row {
    PointStatistics figures;
    std::set<std::size_t> processes;
  };
  struct ProcessTime {
    std::array<std::uint64_t, 2> token{};
    std::uint64_t pid = 0;
    std::vector<Stretch> covered;
  };

  std::size_t add_covered(const Trace& trace);
  std::int64_t covered_ns(const std::set<std::size_t>& processes) const;

  std::map<std::pair<core::RecordType, std::string>, Row> points_;
  std::vector<ProcessTime> processes_;
};

// "counter", "gauge", "event".
const char* point_kind_name(core::RecordType kind);

}  // namespace looptape::tools
