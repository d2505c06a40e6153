// Instants: events, counters and gauges.  One clock read each.
//
// Callable from any ordinary thread (not from signal handlers); never block, allocate or throw.
#pragma once

#include <cstdint>

#include "looptape/core/site.h"
#include "looptape/core/writer.h"
#include "looptape/value.h"

namespace looptape {

namespace core {
template <RecordType Type, Literal Name>
[[gnu::always_inline]] inline void put_point(ValueType type, std::uint64_t value) noexcept {
  if (t_writer->limit.load(std::memory_order_relaxed) == 0 &&           // only zeroed by others
      g_recording.load(std::memory_order_relaxed) == 0) [[unlikely]] {  // a hint: off costs no registration
    return;
  }
  put_event<Memory>(record_head(Type, static_cast<unsigned>(type), site_id<Name, Kind::other>(), 0), value);
}
}  // namespace core

// All of this file: any thread; not in signal handlers; where nothing is recorded, nothing happens.

// Records that something happened: event<"cache_flush">(); event<"evicted">(entries);
template <core::Literal Name>
[[gnu::always_inline]] inline void event() noexcept {
  core::put_point<core::RecordType::kEvent, Name>(core::ValueType::kUnsigned, 0);
}
template <core::Literal Name, core::NumberValue T>
[[gnu::always_inline]] inline void event(const T& value) noexcept {
  core::put_point<core::RecordType::kEvent, Name>(core::value_type<T>(), core::value_bits(value));
}

// Counts: Counter<"cache_hits">::add();  Each step is a record of the window; what was overwritten is counted as lost.
template <core::Literal Name>
class Counter {
 public:
  [[gnu::always_inline]] static void add(std::int64_t amount = 1) noexcept {
    core::put_point<core::RecordType::kCounter, Name>(core::ValueType::kSigned, static_cast<std::uint64_t>(amount));
  }
};

// A level: Gauge<"queue_depth">::set(17);
template <core::Literal Name>
class Gauge {
 public:
  template <core::NumberValue T>
  [[gnu::always_inline]] static void set(const T& value) noexcept {
    core::put_point<core::RecordType::kGauge, Name>(core::value_type<T>(), core::value_bits(value));
  }
};

}  // namespace looptape
