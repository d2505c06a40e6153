// Looptape: an always-on flight recorder.  This is the one header an application includes.
//
//   looptape::Recorder recorder{{.service = "answers"}};
//   looptape::Request request{{.kind = "ask", .tenant = "acme"}};
//   { looptape::Stage<"rerank", looptape::Kind::rerank> stage; stage.set<"candidates">(40); }
//
// Define LOOPTAPE_DISABLED to compile every probe to nothing (no library is needed then).
#pragma once

#ifdef LOOPTAPE_DISABLED
#include "looptape/disabled.h"
#else
#include "looptape/core/kind.h"
#include "looptape/metrics.h"
#include "looptape/recorder.h"
#include "looptape/request.h"
#include "looptape/stage.h"
#endif
