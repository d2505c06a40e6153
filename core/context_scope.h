// What a thread works on, when requests and adopted contexts end in any order.
//
// Recording threads only, in their slow paths; lock-free, noexcept, allocates nothing.  A scope is a lexical request or
// an adopted context; each remembers what was current before it.  One that ends while it is not the current one leaves
// that for the one above it, which then goes back to the nearest that still lasts; none when there is none.
#pragma once

#include <cstdint>

#include "core/recording_place.h"
#include "looptape/core/request.h"

namespace looptape::core {

// Scopes of one thread that ended under one that lasts.  Neighbours share an entry: more are needed only when that many
// scopes that last alternate with ended ones, and then what lies below is forgotten.  Lies on the writers' pages, which
// a fork fills with zeros; touched by its thread alone.
struct EndedScopes {
  static constexpr std::uint32_t kMost = 8;
  struct Entry {
    std::uint64_t id = 0, previous_id = 0;
    ContextValue previous;
  };
  std::uint32_t count = 0;
  Entry entries[kMost];
};

// `scope`, a fresh one, becomes the thread's current one; its caller applies its context.
void enter_scope(Here place, ContextScope& scope) noexcept;
// It has ended: when it was the current one, what is current before it and still lasts is put back.  Nothing on another
// thread than the one that entered it, or a second time.
void leave_scope(Here place, ContextScope& scope) noexcept;
// No scope that lasts now will be put back; none is current.
void forget_scopes(Writer& writer) noexcept;
// As that, but for the current one, which stays.
void forget_scopes_below(Writer& writer) noexcept;

}  // namespace looptape::core
