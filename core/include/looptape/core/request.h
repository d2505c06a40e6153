// Requests, contexts and stages that end elsewhere: the calls behind the public classes.
//
// Callable from any ordinary thread, not from signal handlers.  Never block, allocate, throw or do I/O; each
// costs a handful of records.  Everything is dropped and counted when there is no room.
#pragma once

#include <cstdint>
#include <string_view>

#include "looptape/core/export.h"
#include "looptape/core/layout.h"
#include "looptape/core/trigger.h"
#include "looptape/core/writer.h"

namespace looptape::core {

// Flags of a W3C trace that are known, and passed on as they came; all others are sent as zero, as the standard wants.
// A trace that begins here is marked sampled.
inline constexpr std::uint8_t kTraceSampled = 1, kTraceRandomId = 2;

// A request and the stage under which further work of it hangs; travels by value across threads, queues,
// coroutines and processes.
struct ContextValue {
  std::uint64_t trace_high = 0, trace_low = 0;  // both 0: no trace
  std::uint64_t request = 0;                    // 0: no request of this process
  std::uint64_t parent_start = 0;               // parent stage: start tick, or the caller's span id when remote
  std::uint32_t parent_stream = 0;
  std::uint8_t remote = 0;             // 1: came from another process
  std::uint8_t flags = kTraceSampled;  // of the trace, as its first process decided; this recorder changes none
  std::uint16_t epoch = 0;             // unless remote: low bits of the epoch of the recorder it was taken under
};

// A request or an adopted context as what its thread works on; lives in the application's scope object.
struct ContextScope {
  ContextValue previous;     // what the thread worked on before
  Writer* writer = nullptr;  // of the thread; null: not entered, or left
  std::uint64_t id = 0;      // grows with every scope of a writer
  std::uint64_t previous_id = 0;
};

struct RequestIdentity {
  std::string_view kind, tenant, user, session;
  ContextValue parent;
};

// A running request: lives in the application's Request object.
struct RequestToken {
  StageToken root;           // of a lexical request; its writer is null when detached or not recorded
  ContextScope scope;        // of a lexical request
  std::uint64_t number = 0;  // 0: not recorded
  std::uint64_t epoch = 0;   // of the recorder it belongs to
  std::uint64_t start = 0;
  std::uint64_t trace_high = 0, trace_low = 0, parent_span = 0, user_hash = 0;
  std::uint32_t flight = 0;  // entry of the in-flight table + 1; 0 = none
  std::uint32_t stream = 0;  // of its begin
  std::uint16_t site = 0;
  std::uint16_t attributes = 0;
  std::uint8_t status = 0;
  std::uint8_t trace_flags = kTraceSampled;
  std::uint8_t tenant_bytes = 0, session_bytes = 0, user_bytes = 0;      // kept
  std::uint32_t tenant_length = 0, session_length = 0, user_length = 0;  // as given: more than kept means cut
  bool detached = false;
  char tenant[kMaxTextBytes]{}, session[kMaxTextBytes]{}, user[kMaxTextBytes]{};
};

// A stage that may end on any thread.
struct DetachedToken {
  std::uint64_t start = 0;  // 0: not recorded
  std::uint64_t epoch = 0;  // of the recorder it belongs to
  std::uint64_t request = 0;
  std::uint32_t stream = 0;
  std::uint16_t site = 0;
  std::uint8_t status = 0;
  std::uint8_t attributes = 0;
};

// Begins a request on the calling thread and fills `token`, which must be a fresh one.  Its identity is copied: texts
// beyond kMaxTextBytes are cut, marked and counted.  `detached`: no thread works on it until one adopts its context;
// else it becomes the calling thread's current one.  Not recorded (no recorder, paused, no slot): number stays 0, and
// the caller's trace travels on.
LOOPTAPE_API void begin_request(RequestToken& token, const RequestIdentity& identity, bool detached) noexcept;
// Ends it: writes its identity, its status, its time; posts a trigger when it was slower than its limit.  Any thread;
// a second call, or one for a request that is not recorded, does nothing.
LOOPTAPE_API void end_request(RequestToken& token) noexcept;
// Adds a number (`value`: the bits of `type`) or a text under `key`, a registered name.  Any thread, one at a time for
// one token; nothing when the request is not recorded or its recorder is gone.
LOOPTAPE_API void request_attribute(RequestToken& token, std::uint16_t key, ValueType type,
                                    std::uint64_t value) noexcept;
LOOPTAPE_API void request_text(RequestToken& token, std::uint16_t key, std::string_view text) noexcept;
// Adds the id of another system as a text under the key `looptape.external:KIND`; both are cut, marked and counted.
LOOPTAPE_API void request_external(RequestToken& token, std::string_view kind, std::string_view id) noexcept;
// Where further work of it hangs.  Of a request that is not recorded: its caller's context, so that the trace goes on.
LOOPTAPE_API ContextValue request_context(const RequestToken& token) noexcept;

// What the calling thread works on, its deepest open stage as parent; empty when nothing, or nothing is recorded.
LOOPTAPE_API ContextValue current_context() noexcept;
// Makes `context` this thread's current one, for the life of `scope`, a fresh one.
LOOPTAPE_API void adopt_context(const ContextValue& context, ContextScope& scope) noexcept;
// Ends that, in any order: when it is still the current one, what was current before and has not ended is put back.  On
// the same thread; on another, or under another recorder, nothing happens.
LOOPTAPE_API void restore_context(ContextScope& scope) noexcept;

// Begins a stage of the thread's current request that may end on any thread; `token` must be a fresh one.
LOOPTAPE_API void begin_detached(DetachedToken& token, std::uint16_t site) noexcept;
// Ends it, on any thread.  The caller sees to it that this happens once.
LOOPTAPE_API void end_detached(DetachedToken& token) noexcept;
// Adds a number or a text to it, on any thread, one at a time for one token.
LOOPTAPE_API void detached_attribute(DetachedToken& token, std::uint16_t key, ValueType type,
                                     std::uint64_t value) noexcept;
LOOPTAPE_API void detached_text(DetachedToken& token, std::uint16_t key, std::string_view text) noexcept;

// W3C trace context, version 00: 55 characters and a NUL; returns 55.  An empty context, one of another recorder and
// one without a stage or request write "" and return 0; so does any when nothing is recorded, but for what a caller
// sent.
LOOPTAPE_API std::size_t write_traceparent(const ContextValue& context, char (&out)[56]) noexcept;
LOOPTAPE_API ContextValue parse_traceparent(std::string_view header) noexcept;  // empty when malformed (counted)

// Names this thread as it is to appear in dumps; longer than kThreadNameBytes is cut, marked and counted.  Before there
// is a recorder, or while it is paused, the name is kept for when the thread's records begin.
LOOPTAPE_API void name_thread(std::string_view name) noexcept;

// Asks the recorder's thread for a dump; async-signal-safe.  `name` says why; the others are 0 but for a slow request:
// its number, how long it took and what its limit was.
LOOPTAPE_API void post_dump(TriggerKind kind, std::uint16_t name, std::uint64_t request, std::uint64_t value_ticks,
                            std::uint64_t limit_ticks) noexcept;

}  // namespace looptape::core
