// Figures of counters, gauges and events outside requests, by name.
//
// Pure; one thread adds, then anybody reads.
#pragma once

#include <cstdint>
#include <map>
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
  std::int64_t sum = 0;                         // of a counter: by how much it went up
  std::uint64_t last = 0, least = 0, most = 0;  // bits of values
  std::int64_t first_wall_ns = 0, last_wall_ns = 0;
};

class PointTable {
 public:
  void take(const Trace& trace);
  // Those with most steps first.
  std::vector<PointStatistics> rows() const;

 private:
  std::map<std::pair<core::RecordType, std::string>, PointStatistics> points_;
};

// "counter", "gauge", "event".
const char* point_kind_name(core::RecordType kind);

}  // namespace looptape::tools
