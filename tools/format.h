// Figures as people say them: durations, times, sizes, shares.
//
// Pure but for the time zone, which is read from the environment (TZ) as usual; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/measure_text.h"

namespace looptape::tools {

using core::bytes_text;                       // "48 MiB", "812 B"
using core::duration_text;                    // "1.8 s", "44 ms", "812 ns", "3 min 05 s"
std::string count_text(std::uint64_t count);  // "2 250 113"
// Four significant digits at most: "0.0123", "20.54", "3 026 000".
std::string figure_text(double value);
std::string wide_text(__int128 value);                          // all its digits: "18446744073709551614"
std::string share_text(std::int64_t part, std::int64_t whole);  // "67 %", "0.4 %", "–" of nothing
std::string plural(std::uint64_t count, std::string_view one, std::string_view many = {});  // "1 request"

// CLOCK_REALTIME nanoseconds: RFC 3339 in the local zone with its offset, to the millisecond or nanosecond.
std::string time_text(std::int64_t wall_ns);
std::string exact_time_text(std::int64_t wall_ns);

std::string hex_text(std::uint64_t value);                         // 16 digits
std::string trace_id_text(std::uint64_t high, std::uint64_t low);  // 32 digits
// A trace id or its beginning, 8 to 32 hex digits of either case: as trace_id_text() writes it.  Nothing: it is none.
std::optional<std::string> parse_trace_id(std::string_view text);

// "10s", "1.5 s", "250ms", "2h", "7d": nanoseconds; nothing when it is not a duration.
std::optional<std::int64_t> parse_duration(std::string_view text);

// An instant in CLOCK_REALTIME nanoseconds: RFC 3339 ("2026-11-02T14:05:00Z"; without a zone: local), a date,
// a time of day ("14:05": today's, or with `latest` yesterday's when today's is still to come), or a duration before
// `now` ("10m", "-10m").  Days and hours that no calendar has are no instants; years that do not fit are the nearest
// that do.
std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now, bool latest = false);

}  // namespace looptape::tools
