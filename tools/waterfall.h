// Draws a request's tree of stages along its time: bars, start, duration, critical path, drag, slack,
// self, attributes.
//
// One thread.
#pragma once

#include <string>

#include "tools/request_view.h"
#include "tools/session.h"

namespace looptape::tools {

void print_waterfall(const RequestView& view, Session& session);

// The bar alone: `cells` columns over the request's duration; █ where the stage itself is the critical path,
// ░ where it runs without being it.
std::string bar(const RequestView& view, std::uint32_t stage, std::size_t cells);

// Where the critical path misleads: the stage that has most of it, when the request without it would have been shorter
// by clearly less, and the stage without which it would have been shortest.  Of stages that have none below them; empty
// when there is no such thing to say.
std::string drag_sentence(const RequestView& view);

}  // namespace looptape::tools
