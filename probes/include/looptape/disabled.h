// The same API compiled to nothing: what looptape.h becomes under LOOPTAPE_DISABLED.
//
// Everything is empty and inline; no library is needed.  Lives in an inline namespace of its own, so that a program
// may mix translation units with and without it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "looptape/core/kind.h"
#include "looptape/settings.h"
#include "looptape/value.h"

namespace looptape {
inline namespace disabled {

template <std::size_t N>
struct Literal {
  static_assert(N > 1, "a stage, event or attribute needs a name");
  consteval Literal(const char (&)[N]) {}  // NOLINT: a literal is meant to convert
};

using Status = core::Status;

class Recorder {
 public:
  [[nodiscard]] explicit Recorder(const Settings&) {}
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  bool recording() const noexcept { return false; }
  const std::string& problem() const noexcept { return problem_; }
  const std::string& region_path() const noexcept { return empty_; }
  const std::string& directory() const noexcept { return empty_; }
  void dump(std::string_view) noexcept {}
  std::string dump_and_wait(std::string_view, std::string* error = nullptr) {
    if (error != nullptr) *error = problem_;
    return {};
  }
  void pause() noexcept {}
  void resume() noexcept {}
  bool restart() { return false; }

 private:
  std::string problem_ = "compiled out (LOOPTAPE_DISABLED)", empty_;
};

class Traceparent {
 public:
  std::string_view view() const noexcept { return {}; }
  const char* c_str() const noexcept { return ""; }
  bool empty() const noexcept { return true; }
  operator std::string_view() const noexcept { return {}; }  // NOLINT: meant to convert
};

class Context {
 public:
  static Context current() noexcept { return {}; }
  static Context parse(std::string_view) noexcept { return {}; }
  Traceparent traceparent() const noexcept { return {}; }
  std::uint64_t request() const noexcept { return 0; }
  bool empty() const noexcept { return true; }
};

struct RequestOptions {
  std::string_view kind = {}, tenant = {}, user = {}, session = {};
  Context parent = {};
};

// What every scope of the API can do; user-provided constructors and destructors keep `unused variable` quiet.
class Nothing {
 public:
  template <Literal Key, class T>
  void set(const T&) noexcept {
    static_assert(core::TextValue<T> || core::NumberValue<T>, "an attribute is a number, a bool, an enum or a text");
  }
  void fail(Status = Status::error) noexcept {}
};

class Adopt {
 public:
  [[nodiscard]] explicit Adopt(const Context&) noexcept {}
  ~Adopt() {}  // NOLINT: see Nothing
  Adopt(const Adopt&) = delete;
  Adopt& operator=(const Adopt&) = delete;
};

class Request : public Nothing {
 public:
  [[nodiscard]] explicit Request(const RequestOptions&) noexcept {}
  ~Request() {}  // NOLINT: see Nothing
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  std::uint64_t number() const noexcept { return 0; }
  Context context() const noexcept { return {}; }
  Traceparent traceparent() const noexcept { return {}; }
  void external(std::string_view, std::string_view) noexcept {}
};

class DetachedRequest : public Nothing {
 public:
  [[nodiscard]] explicit DetachedRequest(const RequestOptions&) noexcept {}
  DetachedRequest(DetachedRequest&&) noexcept {}
  DetachedRequest& operator=(DetachedRequest&&) noexcept { return *this; }
  ~DetachedRequest() {}  // NOLINT: see Nothing
  std::uint64_t number() const noexcept { return 0; }
  Context context() const noexcept { return {}; }
  Traceparent traceparent() const noexcept { return {}; }
  void external(std::string_view, std::string_view) noexcept {}
  void end() noexcept {}
};

template <Literal Name, Kind K = Kind::other>
class Stage : public Nothing {
 public:
  [[nodiscard]] Stage() noexcept {}  // NOLINT: see Nothing
  ~Stage() {}                        // NOLINT: see Nothing
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
};

class Name {
 public:
  constexpr Name() = default;
  std::uint16_t id() const noexcept { return 0; }
};
inline Name intern(std::string_view, Kind = Kind::other) noexcept { return {}; }

class NamedStage : public Nothing {
 public:
  [[nodiscard]] explicit NamedStage(Name) noexcept {}
  ~NamedStage() {}  // NOLINT: see Nothing
  NamedStage(const NamedStage&) = delete;
  NamedStage& operator=(const NamedStage&) = delete;
};

class Sequence : public Nothing {
 public:
  [[nodiscard]] Sequence() noexcept {}  // NOLINT: see Nothing
  ~Sequence() {}                        // NOLINT: see Nothing
  Sequence(const Sequence&) = delete;
  Sequence& operator=(const Sequence&) = delete;
  template <Literal Name, Kind K = Kind::other>
  void next() noexcept {}
  void end() noexcept {}
};

template <Literal Name, Kind K = Kind::other>
class Detached : public Nothing {
 public:
  [[nodiscard]] Detached() noexcept {}  // NOLINT: see Nothing
  Detached(Detached&&) noexcept {}
  Detached& operator=(Detached&&) noexcept { return *this; }
  ~Detached() {}  // NOLINT: see Nothing
  void end() noexcept {}
};

template <Literal Name>
void event() noexcept {}
template <Literal Name, core::NumberValue T>
void event(const T&) noexcept {}

template <Literal Name>
class Counter {
 public:
  static void add(std::int64_t = 1) noexcept {}
};

template <Literal Name>
class Gauge {
 public:
  template <core::NumberValue T>
  static void set(const T&) noexcept {}
};

inline void name_thread(std::string_view) noexcept {}

}  // namespace disabled
}  // namespace looptape
