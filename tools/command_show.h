// `looptape show REQUEST`: one request as a waterfall.
#pragma once

#include <string>
#include <vector>

#include "tools/session.h"
#include "tools/trace_set.h"

namespace looptape::tools {

struct ShowOptions {
  std::vector<std::string> arguments;  // sources, then the request
};

int run_show(const ShowOptions& options, Session& session);
// Finds the request in what was read and shows it; unknown and ambiguous ids are problems.
void show_request(const std::string& id, const TraceSet& set, Session& session);

}  // namespace looptape::tools
