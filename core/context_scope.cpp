// What a thread works on, when requests and adopted contexts end in any order: see context_scope.h.
#include "core/context_scope.h"

#include <algorithm>

namespace looptape::core {
namespace {

struct Outer {
  std::uint64_t id = 0;  // 0: nothing is current
  ContextValue context;
};

// The nearest scope at or below (id, context) that still lasts.  Entries on the way are used up: each has one above it.
Outer nearest_lasting(Writer& writer, std::uint64_t id, const ContextValue& context) {
  EndedScopes& ended = *writer.ended;
  Outer outer{id, context};
  while (outer.id > writer.scope_floor) {
    EndedScopes::Entry* const end = ended.entries + ended.count;
    EndedScopes::Entry* const entry =
        std::find_if(ended.entries, end, [&](const EndedScopes::Entry& one) { return one.id == outer.id; });
    if (entry == end) return outer;
    outer = {entry->previous_id, entry->previous};
    *entry = *(end - 1);
    --ended.count;
  }
  return {};
}

// The scope has ended under another one: who goes back to it shall go on to what was before it.
void remember_ended(Writer& writer, const ContextScope& scope) {
  EndedScopes& ended = *writer.ended;
  const Outer outer = nearest_lasting(writer, scope.previous_id, scope.previous);
  for (std::uint32_t i = 0; i < ended.count; ++i) {
    if (ended.entries[i].previous_id != scope.id) continue;
    ended.entries[i] = {ended.entries[i].id, outer.id, outer.context};
    return;
  }
  if (ended.count == EndedScopes::kMost) {
    writer.scope_floor = std::max(writer.scope_floor, scope.id);
  } else {
    ended.entries[ended.count++] = {scope.id, outer.id, outer.context};
  }
}

}  // namespace

void enter_scope(Here place, ContextScope& scope) noexcept {
  Writer& writer = *place.writer;
  scope.previous = raw_context(writer);
  scope.previous_id = writer.scope;
  scope.id = writer.scope = ++writer.scopes;
  scope.writer = &writer;
}

void leave_scope(Here place, ContextScope& scope) noexcept {
  Writer& writer = *place.writer;
  if (scope.writer != &writer) return;
  trim_stack(*place.engine, writer);  // a request that another thread ended is not put back
  scope.writer = nullptr;
  // Forgotten, or of the slot's last tenant: ids grow from tenant to tenant.
  if (scope.id <= writer.scope_floor) return;
  if (scope.id != writer.scope) return remember_ended(writer, scope);
  const Outer outer = nearest_lasting(writer, scope.previous_id, scope.previous);
  writer.scope = outer.id;
  apply_context(place, outer.context);
}

void forget_scopes(Writer& writer) noexcept {
  writer.scope = 0;
  writer.scope_floor = writer.scopes;
  writer.ended->count = 0;
}

void forget_scopes_below(Writer& writer) noexcept {
  if (writer.scope == 0) return;
  writer.scope_floor = std::max(writer.scope_floor, writer.scope - 1);
  writer.ended->count = 0;
}

}  // namespace looptape::core
