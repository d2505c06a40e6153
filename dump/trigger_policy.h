// Which triggers become dumps: delay, cooldown, and a count of every one that does not.
//
// Pure: time comes in as nanoseconds of the monotonic clock.  The recorder's thread only.  The place where a
// trigger is judged: offer() and take_due() are all that the thread knows of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/trigger_queue.h"

namespace looptape::dump {

class TriggerPolicy {
 public:
  struct Settings {
    std::uint64_t delay_ns = 0;     // from a trigger to its snapshot
    std::uint64_t cooldown_ns = 0;  // from one dump's trigger to the next that counts
  };
  struct Pending {
    core::TriggerPost trigger;
    std::uint64_t due_ns = 0;
  };
  enum class Verdict {
    kScheduled,   // a dump is due after the delay
    kJoined,      // a dump is already due and will hold this one as well
    kSuppressed,  // within the cooldown of the last dump
  };

  explicit TriggerPolicy(const Settings& settings) : settings_(settings) {}

  // `fired_ns`: when the trigger fired, which may be long before it is heard, and before one that was heard earlier.
  Verdict offer(const core::TriggerPost& trigger, std::uint64_t fired_ns);
  // A trigger that is served at once, past delay and cooldown.
  void note_served(core::TriggerKind kind) { ++seen_[static_cast<std::size_t>(kind) % core::kTriggerKinds]; }
  // The dump that is due at `now_ns`, once.
  std::optional<Pending> take_due(std::uint64_t now_ns);
  // The next moment at which take_due may answer; none when nothing is scheduled.
  std::optional<std::uint64_t> next_due() const;

  std::uint64_t seen(core::TriggerKind kind) const { return seen_[static_cast<std::size_t>(kind)]; }
  // Joined or suppressed: no dump of its own.
  std::uint64_t suppressed(core::TriggerKind kind) const { return suppressed_[static_cast<std::size_t>(kind)]; }

 private:
  Settings settings_;
  std::optional<Pending> pending_;
  std::optional<std::uint64_t> last_ns_;  // when the trigger of the last dump fired
  std::array<std::uint64_t, core::kTriggerKinds> seen_{}, suppressed_{};
};

}  // namespace looptape::dump
