// Is this record whole and possible?  The one place where words of a chunk are judged.
//
// Pure; any thread.  A record that passes has a known type and length, lies inside its chunk, names a depth, names
// and streams that exist, and its times do not wrap around.  Whether it is true nobody can tell.
#pragma once

#include <cstddef>
#include <cstdint>

#include "looptape/core/layout.h"

namespace looptape::dump {

// What records may refer to.
struct RecordLimits {
  std::size_t names = 0;
  std::size_t streams = 0;
};

// The end tick of a record with a time; true unless it wraps around.
inline bool end_tick(std::uint64_t base, std::uint64_t w0, std::uint64_t* end) {
  return !__builtin_add_overflow(base, core::head_time(w0), end);
}

inline bool possible_text(std::uint64_t w0) {
  const auto type = static_cast<core::ValueType>(core::head_low(w0));
  const bool text = type == core::ValueType::kText || type == core::ValueType::kBytes;
  return type <= core::ValueType::kBytes && core::attribute_length(w0) <= (text ? core::kMaxTextBytes : 0);
}

// What is special about each type once it is known to be whole; `w` has all its words.
inline bool possible_record(const std::uint64_t* w, std::uint64_t base, const RecordLimits& limits) {
  using core::RecordType;
  const std::uint64_t w0 = w[0];
  const bool named = core::head_site(w0) < limits.names;
  std::uint64_t end = 0;
  switch (core::head_type(w0)) {
    case RecordType::kStage:
      return named && core::stage_depth(w[1]) < core::kMaxDepth && end_tick(base, w0, &end) &&
             core::stage_duration(w[1]) <= end;
    case RecordType::kEvent:
    case RecordType::kGauge:
      return named && core::head_low(w0) <= static_cast<unsigned>(core::ValueType::kBool) && end_tick(base, w0, &end);
    case RecordType::kCounter:
      return named && end_tick(base, w0, &end);
    case RecordType::kAttribute: {
      const unsigned depth = core::attribute_depth(w0);
      return named && possible_text(w0) && (depth < core::kMaxDepth || depth == core::kRequestDepth);
    }
    case RecordType::kAttributeElsewhere:
      return named && possible_text(w0) && w[2] < limits.streams;
    case RecordType::kContext:
      return w[1] <= core::kMaxRequest && w[3] < limits.streams && end_tick(base, w0, &end);
    case RecordType::kLong:
      return named && core::stage_depth(w[1]) < core::kMaxDepth && w[3] <= core::kMaxRequest && w[4] < limits.streams &&
             end_tick(base, w0, &end) && w[2] <= end;
    case RecordType::kDetach:
      // Begun with all depths taken, a detached stage is one deeper than any on a stack.
      return named && core::stage_depth(w[1]) <= core::kMaxDepth && w[3] <= core::kMaxRequest &&
             end_tick(base, w0, &end) && w[2] <= end;
    case RecordType::kOwner:
      return end_tick(base, w0, &end);
    case RecordType::kNone:
      break;
  }
  return false;
}

// Bytes of the record at `w`, of which `left` bytes are there; 0 = bad.
inline std::size_t checked_record(const std::uint64_t* w, std::size_t left, std::uint64_t base,
                                  const RecordLimits& limits) {
  if (left < core::kRecordAlign) return 0;
  // A text's length is checked before it is used as one: text_words of a huge length would wrap.
  const core::RecordType type = core::head_type(w[0]);
  if ((type == core::RecordType::kAttribute || type == core::RecordType::kAttributeElsewhere) &&
      core::attribute_length(w[0]) > core::kMaxTextBytes)
    return 0;
  const std::size_t bytes = core::record_bytes(w[0]);
  return bytes != 0 && bytes <= left && possible_record(w, base, limits) ? bytes : 0;
}

}  // namespace looptape::dump
