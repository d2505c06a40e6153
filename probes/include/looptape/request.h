// Requests and their contexts.
//
// Callable from any ordinary thread (not from signal handlers); never block, allocate or throw.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "looptape/core/request.h"
#include "looptape/core/site.h"
#include "looptape/value.h"

namespace looptape {

// The 55 characters of a W3C `traceparent` header, or nothing.
class Traceparent {
 public:
  explicit Traceparent(const core::ContextValue& context) noexcept : length_(core::write_traceparent(context, text_)) {}
  std::string_view view() const noexcept { return {text_, length_}; }
  const char* c_str() const noexcept { return text_; }
  bool empty() const noexcept { return length_ == 0; }
  operator std::string_view() const noexcept { return view(); }  // NOLINT: meant to convert

 private:
  char text_[56]{};
  std::size_t length_;
};

// A request and the stage under which further work of it hangs.  Trivially copyable; empty is legal; safe to use
// after the request ended.
class Context {
 public:
  constexpr Context() = default;
  explicit constexpr Context(const core::ContextValue& value) : value_(value) {}
  // What the calling thread is working on; empty when nothing.
  static Context current() noexcept { return Context(core::current_context()); }
  // From a caller's `traceparent` header; empty when malformed (counted) or empty.
  static Context parse(std::string_view traceparent) noexcept { return Context(core::parse_traceparent(traceparent)); }
  // For the next process: names this request's trace and the current stage as parent.  The flags are those that the
  // trace came with (what was not to be sampled stays so); of a trace that began here 01.
  Traceparent traceparent() const noexcept { return Traceparent(value_); }
  // Request number in this process; 0 = none.
  std::uint64_t request() const noexcept { return value_.request; }
  // Neither a request of this process nor a trace: adopting it makes a thread work on nothing.
  bool empty() const noexcept { return value_.request == 0 && value_.trace_high == 0 && value_.trace_low == 0; }
  const core::ContextValue& value() const noexcept { return value_; }

 private:
  core::ContextValue value_;
};

// Makes a context the calling thread's own for the life of this object: what is recorded meanwhile belongs to
// its request and hangs under its stage.  Adopted contexts and requests of a thread may end in any order: when the
// current one ends, what was current before and has not ended is current again.
class Adopt {
 public:
  [[nodiscard]] explicit Adopt(const Context& context) noexcept { core::adopt_context(context.value(), scope_); }
  ~Adopt() noexcept { core::restore_context(scope_); }
  Adopt(const Adopt&) = delete;
  Adopt& operator=(const Adopt&) = delete;

 private:
  core::ContextScope scope_;
};

// What is known of a request when it begins.  Texts beyond 48 bytes are cut, marked and counted; they are copied.
struct RequestOptions {
  std::string_view kind = {};     // "ask": a small set of names
  std::string_view tenant = {};   // who pays
  std::string_view user = {};     // kept as a keyed hash unless the recorder's settings say otherwise
  std::string_view session = {};  // conversation
  Context parent = {};            // the caller's, from Context::parse
};

namespace core {
// What lexical and detached requests share.
class RequestBase {
 public:
  RequestBase(const RequestBase&) = delete;
  RequestBase& operator=(const RequestBase&) = delete;

  // Number of this request in this process, from 1; 0 when it is not recorded.
  std::uint64_t number() const noexcept { return token_.number; }
  // Where further work of this request hangs: capture it for other threads and processes.
  Context context() const noexcept { return Context(request_context(token_)); }
  // For an answer or the next process: names this request as the parent.
  Traceparent traceparent() const noexcept { return context().traceparent(); }
  // Ties an id of another system to it: external("ticket", "4892").  Kinds are a small set of names.
  void external(std::string_view kind, std::string_view id) noexcept { request_external(token_, kind, id); }
  // An attribute of the request: a number, a bool, an enum, or a text, which is copied; beyond 48 bytes it is cut,
  // marked and counted.  This and what follows: any thread, one at a time.
  template <Literal Key, class T>
  void set(const T& value) noexcept {
    if (token_.number == 0) return;
    const std::uint16_t key = site_id<Key, Kind::other>();
    if constexpr (TextValue<T>) {
      request_text(token_, key, value_text(value));
    } else {
      request_attribute(token_, key, value_type<T>(), value_bits(value));
    }
  }
  // How it ended, told when it ends; the last call counts.
  void fail(Status status = Status::error) noexcept { token_.status = static_cast<std::uint8_t>(status); }

 protected:
  RequestBase() = default;
  ~RequestBase() = default;
  RequestToken token_;
};

inline RequestIdentity identity_of(const RequestOptions& options) {
  return {options.kind, options.tenant, options.user, options.session, options.parent.value()};
}
}  // namespace core

// A request that lasts as long as this object, begun and ended on one thread, whose current request it is.
//
//   looptape::Request request{{.kind = "ask", .tenant = "acme", .parent = looptape::Context::parse(header)}};
class Request : public core::RequestBase {
 public:
  [[nodiscard]] explicit Request(const RequestOptions& options) noexcept {
    core::begin_request(token_, core::identity_of(options), false);
  }
  ~Request() noexcept { core::end_request(token_); }
};

// A request that moves between threads: no thread works on it until one adopts its context().  Ends with end() or
// with the last owner.
class DetachedRequest : public core::RequestBase {
 public:
  [[nodiscard]] explicit DetachedRequest(const RequestOptions& options) noexcept {
    core::begin_request(token_, core::identity_of(options), true);
  }
  ~DetachedRequest() noexcept { end(); }
  DetachedRequest(DetachedRequest&& other) noexcept { token_ = std::exchange(other.token_, {}); }
  DetachedRequest& operator=(DetachedRequest&& other) noexcept {
    if (this != &other) {
      end();
      token_ = std::exchange(other.token_, {});
    }
    return *this;
  }
  // On any thread; a second call does nothing.
  void end() noexcept {
    core::end_request(token_);
    token_ = {};
  }
};

// Names the calling thread as it appears in dumps (16 bytes; longer is cut, marked and counted), also when nothing is
// being recorded yet.  The system's thread names are never recorded.
inline void name_thread(std::string_view name) noexcept { core::name_thread(name); }

}  // namespace looptape
