// The running recording and a thread's place in it: what requests, contexts and detached stages share.
//
// Recording threads only, in their slow paths; lock-free, noexcept; drops and counts what it cannot record.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/engine.h"
#include "core/thread_lease.h"
#include "looptape/core/request.h"

namespace looptape::core {

struct Here {
  Engine* engine = nullptr;
  Writer* writer = nullptr;
  explicit operator bool() const { return writer != nullptr; }
};

// The calling thread's place in the running recording.  With `began`, also while recording is switched off: what was
// begun is finished.
Here here(bool began) noexcept;

// A start that this stream has not had yet, at or after `now`.
std::uint64_t strictly_later_start(Writer& writer, std::uint64_t now) noexcept;

// The context that the writer's thread works in, without its open stages.
ContextValue raw_context(const Writer& writer) noexcept;
// Request numbers and stages mean something to their own recorder only.
bool of_this_recorder(const Engine& engine, const ContextValue& context) noexcept;
// Makes `context` the thread's own, and records that.
void apply_context(Here place, const ContextValue& context) noexcept;

// An attribute whose stage or request is not this stream's current one, or any text.
void put_attribute_words(Here place, RecordType type, ValueType value, std::uint16_t key, unsigned depth,
                         std::uint64_t first, std::string_view text, std::uint64_t origin,
                         std::uint64_t start) noexcept;
// The begin of a stage or request that may end on any thread …
void put_detach(Here place, unsigned flags, std::uint16_t site, std::uint64_t start, std::uint64_t request) noexcept;
// … and its end.
void put_long(Here place, unsigned status, std::uint16_t site, unsigned attributes, unsigned flags, std::uint64_t start,
              std::uint64_t request, std::uint64_t origin) noexcept;

}  // namespace looptape::core
