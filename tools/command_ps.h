// `looptape ps`: which processes are being recorded, and which regions dead ones left.
#pragma once

#include "tools/session.h"

namespace looptape::tools {

struct PsOptions {};

int run_ps(const PsOptions& options, Session& session);

}  // namespace looptape::tools
