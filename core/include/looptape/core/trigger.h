// Kinds of triggers: why a dump was asked for.
//
// Data only.  Numbers are part of the formats: appended to, never changed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace looptape::core {

enum class TriggerKind : std::uint8_t {
  kNone = 0,
  kSignal = 1,
  kCall = 2,
  kSlowRequest = 3,
  kOutside = 4,    // the command, without the process's help
  kRecovered = 5,  // from the region of a dead process
};
inline constexpr std::size_t kTriggerKinds = 6;

}  // namespace looptape::core
