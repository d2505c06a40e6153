// Requests, contexts and stages that end elsewhere: the calls behind the public classes.
//
// Callable from any ordinary thread, not from signal handlers.  Never block, allocate, throw or do I/O; each
// costs a handful of records.  Everything is dropped and counted when there is no room.
#pragma once

#include <cstdint>
#include <string_view>

#include "looptape/core/export.h"
#include "looptape/core/layout.h"
#include "looptape/core/writer.h"

namespace looptape::core {

// A request and the stage under which further work of it hangs; travels by value across threads, queues,
// coroutines and processes.
struct ContextValue {
  std::uint64_t trace_high = 0, trace_low = 0;  // both 0: no trace
  std::uint64_t request = 0;                    // 0: no request of this process
  std::uint64_t parent_start = 0;               // parent stage: start tick, or the caller's span id when remote
  std::uint32_t parent_stream = 0;
  std::uint16_t remote = 0;  // 1: came from another process
  std::uint16_t epoch = 0;   // unless remote: low bits of the epoch of the recorder it was taken under
};

struct RequestIdentity {
  std::string_view kind, tenant, user, session;
  ContextValue parent;
};

// A running request: lives in the application's Request object.
struct RequestToken {
  StageToken root;           // of a lexical request; its writer is null when detached or not recorded
  ContextValue previous;     // what the thread worked on before
  std::uint64_t number = 0;  // 0: not recorded
  std::uint64_t epoch = 0;   // of the recorder it belongs to
  std::uint64_t start = 0;
  std::uint64_t trace_high = 0, trace_low = 0, parent_span = 0, user_hash = 0;
  std::uint32_t flight = 0;  // entry of the in-flight table + 1; 0 = none
  std::uint32_t stream = 0;  // of its begin
  std::uint16_t site = 0;
  std::uint16_t attributes = 0;
  std::uint8_t status = 0;
  std::uint8_t tenant_bytes = 0, session_bytes = 0, user_bytes = 0;
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

LOOPTAPE_API void begin_request(RequestToken& token, const RequestIdentity& identity, bool detached) noexcept;
LOOPTAPE_API void end_request(RequestToken& token) noexcept;
LOOPTAPE_API void request_attribute(RequestToken& token, std::uint16_t key, ValueType type,
                                    std::uint64_t value) noexcept;
LOOPTAPE_API void request_text(RequestToken& token, std::uint16_t key, std::string_view text) noexcept;
LOOPTAPE_API void request_external(RequestToken& token, std::string_view kind, std::string_view id) noexcept;
LOOPTAPE_API ContextValue request_context(const RequestToken& token) noexcept;

LOOPTAPE_API ContextValue current_context() noexcept;
// Makes `context` this thread's current one; returns what it was.  False in *adopted: nothing was recorded.
LOOPTAPE_API ContextValue adopt_context(const ContextValue& context, bool* adopted) noexcept;
LOOPTAPE_API void restore_context(const ContextValue& previous) noexcept;

LOOPTAPE_API void begin_detached(DetachedToken& token, std::uint16_t site) noexcept;
LOOPTAPE_API void end_detached(DetachedToken& token) noexcept;
LOOPTAPE_API void detached_attribute(DetachedToken& token, std::uint16_t key, ValueType type,
                                     std::uint64_t value) noexcept;
LOOPTAPE_API void detached_text(DetachedToken& token, std::uint16_t key, std::string_view text) noexcept;

// W3C trace context, version 00: 55 characters and a NUL.  An empty context writes "" and returns 0.
LOOPTAPE_API std::size_t write_traceparent(const ContextValue& context, char (&out)[56]) noexcept;
LOOPTAPE_API ContextValue parse_traceparent(std::string_view header) noexcept;  // empty when malformed (counted)

// Names this thread as it is to appear in dumps; longer than kThreadNameBytes is cut.
LOOPTAPE_API void name_thread(std::string_view name) noexcept;

// Asks the recorder's thread for a dump; async-signal-safe.
LOOPTAPE_API void post_dump(std::uint32_t trigger_kind, std::uint16_t name, std::uint64_t request,
                            std::uint64_t value_ticks, std::uint64_t limit_ticks) noexcept;

}  // namespace looptape::core
