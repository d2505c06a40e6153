// All the recordings that a command reads; see the header.
#include "tools/trace_set.h"

#include <algorithm>

namespace looptape::tools {

void TraceSet::opening(const dump::Opening& opening) {
  const auto known = std::find_if(traces_.begin(), traces_.end(), [&](const auto& trace) {
    return trace->process().token == opening.process.token && trace->process().pid == opening.process.pid;
  });
  current_ = known != traces_.end() ? known->get() : traces_.emplace_back(std::make_unique<Trace>()).get();
  current_->set_source(source_);
  current_->opening(opening);
  for (const dump::Damage& damage : early_) current_->damage(damage);
  early_.clear();
}

void TraceSet::block(const dump::Block& block) {
  if (current_ != nullptr) current_->block(block);
}

void TraceSet::closing(const dump::Closing& closing) {
  if (current_ != nullptr) current_->closing(closing);
  current_ = nullptr;
}

void TraceSet::damage(const dump::Damage& damage) {
  if (current_ != nullptr) {
    current_->damage(damage);
  } else {
    early_.push_back(damage);
  }
}

void TraceSet::finish() {
  for (const auto& trace : traces_) trace->finish();
  std::sort(traces_.begin(), traces_.end(),
            [](const auto& a, const auto& b) { return a->process().first.wall_ns < b->process().first.wall_ns; });
}

}  // namespace looptape::tools
