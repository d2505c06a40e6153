// `looptape info`: what a recording is, how far it reaches, what is missing, what recording cost.
#pragma once

#include <string>
#include <vector>

#include "tools/session.h"
#include "tools/trace_set.h"

namespace looptape::tools {

struct InfoOptions {
  std::vector<std::string> sources;
};

int run_info(const InfoOptions& options, Session& session);
// `single`: one thing was asked about, and the document holds one row rather than a list.
void show_info(const TraceSet& set, bool single, Session& session);

}  // namespace looptape::tools
