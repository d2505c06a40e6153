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
void show_info(const TraceSet& set, Session& session);

}  // namespace looptape::tools
