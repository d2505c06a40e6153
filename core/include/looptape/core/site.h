// Call sites: a string literal as template parameter gives one static object per (name, kind).
//
// Callable from any thread and from signal handlers.  site_id() costs one load once the site is known; the first call
// registers the name: lock-free, bounded, no allocation.  A handler that interrupts the registration of the very name
// it registers waits for nothing: the name then has two entries, which readers merge.
//
// Pairing table
//   P21 kSitePublish → kReadSite   who got an id from another thread has seen its name published, so that a reader who
//                                  sees a record (P2) finds its name (P9)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "looptape/core/export.h"
#include "looptape/core/kind.h"
#include "looptape/core/memory.h"

namespace looptape::core {

// A string literal that can be a template argument.
template <std::size_t N>
struct Literal {
  static_assert(N > 1, "a stage, event or attribute needs a name");
  char text[N]{};
  consteval Literal(const char (&literal)[N]) {  // NOLINT: a literal is meant to convert
    for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

// Registers (name, kind) or finds it; 0 when the table is full (counted).  Names longer than kMaxNameBytes
// are cut, marked and counted.  Async-signal-safe.
LOOPTAPE_API std::uint16_t register_name(std::string_view name, Kind kind) noexcept;

inline constexpr std::uint64_t kRegistered = 1 << 16;

// What a call site, or the key of its attribute, is called, and its id once it has one.
struct Site {
  Word word{0};  // id | kRegistered; 0 = not registered yet
  const char* text;
  std::uint32_t length;
  Kind kind;
};

template <Literal Name, Kind K>
struct LOOPTAPE_HIDDEN SiteOf {
  LOOPTAPE_HIDDEN inline static constinit Site site{{0}, Name.text, sizeof Name.text - 1, K};
};

// Out of line: it happens once, and the code of a call site is to be small.
[[gnu::noinline]] inline std::uint64_t register_site(Site& site) noexcept {
  const std::uint64_t value = register_name({site.text, site.length}, site.kind) | kRegistered;
  // Every thread would store the same id, or one of the same name.
  Memory::store<Access::kSitePublish>(site.word, value, std::memory_order_release);  // P21, pairs with kReadSite
  return value;
}

[[gnu::always_inline]] inline std::uint16_t site_id(Site& site) noexcept {
  std::uint64_t value =
      Memory::load<Access::kReadSite>(site.word, std::memory_order_acquire);  // P21, pairs with kSitePublish
  if (value == 0) [[unlikely]]
    value = register_site(site);
  return static_cast<std::uint16_t>(value);
}

template <Literal Name, Kind K>
[[gnu::always_inline]] inline std::uint16_t site_id() noexcept {
  return site_id(SiteOf<Name, K>::site);
}

}  // namespace looptape::core
