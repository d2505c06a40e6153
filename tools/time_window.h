// The stretch of time that --since and --until mean.
//
// Pure but for the time zone; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace looptape::tools {

// since ≤ start < until, in CLOCK_REALTIME nanoseconds; an end that is not there is open.
struct TimeWindow {
  std::optional<std::int64_t> since_ns, until_ns;
};

inline constexpr std::string_view kTimeForms =
    "10m or -10m (ago), 14:05 (the latest), 2026-11-02 or RFC 3339; without a zone it is the local one (TZ)";
inline constexpr std::string_view kWindowForms = "2026-11-02..2026-11-09 (the second not included), -1h.. or 14:05±10m";

// `since` is a time or a whole window, `until` a time; either may be empty.  Returns what is wrong, empty: nothing.
std::string parse_window(std::string_view since, std::string_view until, std::int64_t now_ns, TimeWindow& window);

}  // namespace looptape::tools
