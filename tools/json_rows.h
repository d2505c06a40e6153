// The rows of the JSON documents, one function per kind of row: the stable schema.
//
// Pure; any thread.  Keys are only ever added.  Units are in the keys, 64-bit ids are strings, what is not known is
// null.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tools/coverage.h"
#include "tools/point_statistics.h"
#include "tools/request_view.h"
#include "tools/stage_statistics.h"

namespace looptape::tools {

nlohmann::ordered_json coverage_json(const Coverage& coverage);
nlohmann::ordered_json request_json(const RequestView& view);
nlohmann::ordered_json statistics_json(const StageStatistics& statistics, std::int64_t all_ns);
nlohmann::ordered_json point_json(const PointStatistics& point);
nlohmann::ordered_json recording_json(const Trace& trace, const Recording& recording, const RecordingCounts& counts);

}  // namespace looptape::tools
