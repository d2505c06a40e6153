// Which triggers become dumps: see trigger_policy.h.
#include "dump/trigger_policy.h"

namespace looptape::dump {

TriggerPolicy::Verdict TriggerPolicy::offer(const core::TriggerPost& trigger, std::uint64_t fired_ns) {
  const auto kind = static_cast<std::size_t>(trigger.kind) % core::kTriggerKinds;
  ++seen_[kind];
  if (pending_) {
    ++suppressed_[kind];
    return Verdict::kJoined;
  }
  if (last_ns_ && settings_.cooldown_ns != 0 && fired_ns < *last_ns_ + settings_.cooldown_ns) {
    ++suppressed_[kind];
    return Verdict::kSuppressed;
  }
  last_ns_ = fired_ns;
  pending_ = Pending{trigger, fired_ns + settings_.delay_ns};
  return Verdict::kScheduled;
}

std::optional<TriggerPolicy::Pending> TriggerPolicy::take_due(std::uint64_t now_ns) {
  if (!pending_ || now_ns < pending_->due_ns) return std::nullopt;
  std::optional<Pending> due;
  due.swap(pending_);
  return due;
}

std::optional<std::uint64_t> TriggerPolicy::next_due() const {
  if (!pending_) return std::nullopt;
  return pending_->due_ns;
}

}  // namespace looptape::dump
