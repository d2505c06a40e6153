// All the recordings that a command reads; see the header.
#include "tools/trace_set.h"

#include <algorithm>

namespace looptape::tools {

void TraceSet::opening(const dump::Opening& opening) {
  const auto first = traces_.begin() + static_cast<std::ptrdiff_t>(passed_on_);
  const auto known = std::find_if(first, traces_.end(), [&](const auto& trace) {
    return trace->process().token == opening.process.token && trace->process().pid == opening.process.pid;
  });
  current_ = known != traces_.end() ? known->get() : traces_.emplace_back(std::make_shared<Trace>()).get();
  latest_ = current_;
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

void TraceSet::sort() {
  std::stable_sort(traces_.begin(), traces_.end(), [](const auto& a, const auto& b) {
    return a->process().first.wall_ns < b->process().first.wall_ns;
  });
}

void TraceSet::finish() {
  for (const auto& trace : traces_) trace->finish();
  sort();
}

// A ring holds, at a snapshot, all that ended before it and that a later snapshot still holds: so what ended before the
// last but one snapshot, and before the last one is complete, is known as well as it ever will be.
void TraceSet::pass_settled(const TakeTrace& take) {
  if (latest_ == nullptr) return;
  const auto recordings = latest_->recordings();
  if (recordings.size() < 2 || !recordings.back().closed) return;
  const std::uint64_t before =
      std::min(recordings[recordings.size() - 2].process.snapshot_tick, recordings.back().closing.complete_since);
  if (before == 0) return;
  const std::shared_ptr<Trace> settled = latest_->take_settled(before);
  settled->finish();
  take(settled);
}

void TraceSet::pass_rest(const TakeTrace& take) {
  for (; passed_on_ < traces_.size(); ++passed_on_) {
    traces_[passed_on_]->finish();
    take(traces_[passed_on_]);
    traces_[passed_on_] = traces_[passed_on_]->without_rows();
  }
  current_ = latest_ = nullptr;
}

}  // namespace looptape::tools
