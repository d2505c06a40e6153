// `looptape recover`: dumps from the regions that dead processes left.
#pragma once

#include <string>
#include <vector>

#include "tools/session.h"

namespace looptape::tools {

struct RecoverOptions {
  std::vector<std::string> regions;
  bool all = false;
};

int run_recover(const RecoverOptions& options, Session& session);

}  // namespace looptape::tools
