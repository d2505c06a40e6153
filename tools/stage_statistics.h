// Figures per stage over many requests: how often, how long, how much of the critical path.  A stage is that of a
// service: of a call and its callee, which may name theirs alike, each has a row.
//
// Pure; one thread adds, then anybody reads.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tools/growing_array.h"
#include "tools/request_view.h"

namespace looptape::tools {

inline constexpr std::size_t kStatuses = 16;  // as many as a record can tell apart

struct StageStatistics {
  std::string service, stage;
  std::uint8_t kind = 0;
  std::uint64_t count = 0, errors = 0, running = 0;  // finished; of them not ok; still open
  std::array<std::uint64_t, kStatuses> statuses{};
  std::optional<std::uint64_t> p50_ns, p95_ns, p99_ns;  // nothing: not enough of them
  std::optional<std::uint64_t> max_ns;
  std::int64_t critical_ns = 0, self_ns = 0;  // over the requests that are wholly covered
  // Over the same: what each stage by itself would have saved its request.  One inside another of the same row saves
  // nothing more.  There is no slack here: its sum means nothing, and the least of many is nearly always none.
  std::int64_t drag_ns = 0;
};

class StageTable {
 public:
  // Before the first stage of each trace.
  void begin(const Trace& trace);
  // All stages of a request.  Those of a request that is not wholly covered count, but not for the critical path.
  void add(const RequestView& view);
  // A stage outside any request.
  void add_stage(const Trace& trace, const TraceStage& stage);

  // The largest share of the critical path first, then by name, kind and service.
  std::vector<StageStatistics> rows();
  std::int64_t whole_requests_ns() const { return whole_requests_ns_; }  // duration of those the shares are of
  std::uint64_t whole_requests() const { return whole_requests_; }

 private:
  struct Entry {
    StageStatistics statistics;
    // Most stages take less than 4.29 s: half the memory.  Sorted, the long ones come after the short ones.
    GrowingArray<std::uint32_t> short_ones;
    GrowingArray<std::uint64_t> long_ones;
    unsigned open = 0;  // how many of it enclose what is being added, itself included
  };
  Entry& entry(const Trace& trace, std::uint16_t site);
  // The stage, after which those below it come.
  void enter(std::uint32_t depth, Entry* entry);
  static void count(Entry& entry, const TraceStage& stage, std::int64_t duration_ns);

  std::string service_;  // of the trace that began last
  std::map<std::tuple<std::string, std::uint8_t, std::string>, Entry> entries_;
  std::vector<Entry*> enclosing_;  // from the request down; null: not recorded
  std::vector<Entry*> known_;      // by site of the trace that began last: no text is compared per stage
  std::int64_t whole_requests_ns_ = 0;
  std::uint64_t whole_requests_ = 0;
};

}  // namespace looptape::tools
