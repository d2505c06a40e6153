// Stages: named, nested intervals of a request.
//
// Callable from any ordinary thread (not from signal handlers); never block, allocate or throw.  A scope costs
// two clock reads, a step of a Sequence one.  Without a recorder, or while recording is switched off, they cost
// a few instructions.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "looptape/core/request.h"
#include "looptape/core/site.h"
#include "looptape/core/writer.h"
#include "looptape/value.h"

namespace looptape {

using Status = core::Status;

namespace core {

template <Literal Name, Kind K>
[[gnu::always_inline]] inline StageToken begin_stage() noexcept {
  Writer* const writer = begin_gate();
  if (writer == nullptr) [[unlikely]]
    return {};
  const std::uint64_t now = read_clock(*writer);
  return open_stage<Memory>(*writer, site_id<Name, K>(), now);
}

[[gnu::always_inline]] inline void end_stage(const StageToken& token) noexcept {
  const std::uint64_t now = read_clock(*token.writer);
  if (!finish_fast<Memory>(token, now)) [[unlikely]]
    finish_slow(token, now);
}

template <Literal Key, class T>
[[gnu::always_inline]] inline void set_attribute(StageToken& token, const T& value) noexcept {
  if (token.writer == nullptr) return;
  if constexpr (TextValue<T>) {
    attribute_text(token, SiteOf<Key, Kind::other>::site, value_text(value));
  } else {
    attribute_number(token, SiteOf<Key, Kind::other>::site, value_type<T>(), value_bits(value));
  }
}

}  // namespace core

// A stage that lasts as long as this object:
//
//   looptape::Stage<"rerank", looptape::Kind::rerank> stage;
//   stage.set<"candidates">(40);
//
// Belongs to the thread's current request.  Left by an exception, its status says so.
template <core::Literal Name, Kind K = Kind::other>
class Stage {
 public:
  [[nodiscard]] [[gnu::always_inline]] Stage() noexcept : token_(core::begin_stage<Name, K>()) {}
  [[gnu::always_inline]] ~Stage() noexcept {
    if (token_.writer != nullptr) core::end_stage(token_);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Adds an attribute: integers, floating point, bool, enums; texts up to 48 bytes (longer: cut, marked, counted).
  template <core::Literal Key, class T>
  [[gnu::always_inline]] void set(const T& value) noexcept {
    core::set_attribute<Key>(token_, value);
  }
  // Marks the stage as failed.  The last call wins.
  void fail(Status status = Status::error) noexcept { token_.fail(status); }

 private:
  core::StageToken token_;
};

// A name known only at run time, registered once: keep it, do not look it up per request.
class Name {
 public:
  constexpr Name() = default;
  // What records say instead of the text, in this process; 0: not registered.
  std::uint16_t id() const noexcept { return id_; }

 private:
  friend Name intern(std::string_view text, Kind kind) noexcept;
  std::uint16_t id_ = 0;
};

// Registers `text`; lock-free, bounded (at most 4096 names in all; beyond, one stand-in name, counted).
inline Name intern(std::string_view text, Kind kind = Kind::other) noexcept {
  Name name;
  name.id_ = core::register_name(text, kind);
  return name;
}

// A Stage whose name is known only at run time.
class NamedStage {
 public:
  [[nodiscard]] explicit NamedStage(Name name) noexcept {
    if (core::Writer* const writer = core::begin_gate())
      token_ = core::open_stage<core::Memory>(*writer, name.id(), core::read_clock(*writer));
  }
  ~NamedStage() noexcept {
    if (token_.writer != nullptr) core::end_stage(token_);
  }
  NamedStage(const NamedStage&) = delete;
  NamedStage& operator=(const NamedStage&) = delete;

  // Both as Stage's: on the thread that began it.
  template <core::Literal Key, class T>
  void set(const T& value) noexcept {
    core::set_attribute<Key>(token_, value);
  }
  void fail(Status status = Status::error) noexcept { token_.fail(status); }

 private:
  core::StageToken token_;
};

// Consecutive stages that share their boundaries: ending one and beginning the next is one clock read.
//
//   looptape::Sequence steps;
//   steps.next<"retrieve", looptape::Kind::retrieve>();
//   steps.next<"assemble", looptape::Kind::assemble>();
//
// The last step ends with the object or with end().
class Sequence {
 public:
  [[nodiscard]] Sequence() noexcept = default;
  ~Sequence() noexcept { end(); }
  Sequence(const Sequence&) = delete;
  Sequence& operator=(const Sequence&) = delete;

  // Ends the current step, if any, and begins the next one.  All calls on one thread.
  template <core::Literal Name, Kind K = Kind::other>
  [[gnu::always_inline]] void next() noexcept {
    core::Writer* const last = token_.writer;
    std::uint64_t now = 0;
    if (last != nullptr) [[likely]] {
      now = core::read_clock(*last);
      if (!core::finish_fast<core::Memory>(token_, now)) [[unlikely]]
        core::finish_slow(token_, now);
    }
    core::Writer* const writer = core::begin_gate();
    if (writer == nullptr) [[unlikely]] {
      token_ = {};
      return;
    }
    if (writer != last) [[unlikely]]  // the first step, or another recorder's, whose clock may be another one
      now = core::read_clock(*writer);
    token_ = core::open_stage<core::Memory>(*writer, core::site_id<Name, K>(), now);
  }

  // Ends the current step, if any.
  void end() noexcept {
    if (token_.writer == nullptr) return;
    core::end_stage(token_);
    token_.writer = nullptr;
  }
  // Both concern the current step; without one they do nothing.
  template <core::Literal Key, class T>
  [[gnu::always_inline]] void set(const T& value) noexcept {
    core::set_attribute<Key>(token_, value);
  }
  void fail(Status status = Status::error) noexcept { token_.fail(status); }

 private:
  core::StageToken token_;
};

// A stage that begins here and may end on any thread: waiting in a queue, an asynchronous call.  Move-only; ends
// with end() or with the last owner.  Belongs to the request that was current at its begin.
template <core::Literal Name, Kind K = Kind::other>
class Detached {
 public:
  [[nodiscard]] Detached() noexcept { core::begin_detached(token_, core::site_id<Name, K>()); }
  ~Detached() noexcept { end(); }
  Detached(Detached&& other) noexcept : token_(std::exchange(other.token_, {})) {}
  Detached& operator=(Detached&& other) noexcept {
    if (this != &other) {
      end();
      token_ = std::exchange(other.token_, {});
    }
    return *this;
  }
  Detached(const Detached&) = delete;
  Detached& operator=(const Detached&) = delete;

  // All three: any thread, one at a time; after the end they do nothing.
  void end() noexcept {
    if (token_.start != 0) core::end_detached(token_);
    token_ = {};
  }
  template <core::Literal Key, class T>
  void set(const T& value) noexcept {
    if (token_.start == 0) return;
    const std::uint16_t key = core::site_id<Key, Kind::other>();
    if constexpr (core::TextValue<T>) {
      core::detached_text(token_, key, core::value_text(value));
    } else {
      core::detached_attribute(token_, key, core::value_type<T>(), core::value_bits(value));
    }
  }
  void fail(Status status = Status::error) noexcept { token_.status = static_cast<std::uint8_t>(status); }

 private:
  core::DetachedToken token_;
};

}  // namespace looptape
