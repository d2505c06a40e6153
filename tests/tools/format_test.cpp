// Figures as people say them, and what people may type.
#include "tools/format.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

#include "tools/time_window.h"

using namespace looptape::tools;

namespace {
struct Zone {
  explicit Zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};
constexpr std::int64_t kWall = 1'795'489'200'123'456'789;  // 2026-11-24T03:00:00.123456789Z
}  // namespace

TEST_CASE("counts and shares read as people say them") {
  CHECK(count_text(2250113) == "2 250 113");
  CHECK(count_text(113) == "113");
  CHECK(share_text(1, 3) == "33 %");
  CHECK(share_text(4, 1000) == "0.4 %");
  CHECK(share_text(1, 1'000'000) == "<0.1 %");
  CHECK(share_text(0, 10) == "0 %");
  CHECK(share_text(0, 0) == "–");
  CHECK(plural(1, "request") == "1 request");
  CHECK(plural(2, "process", "processes") == "2 processes");
}

TEST_CASE("figures have four digits that count, and no exponent that people do not write") {
  CHECK(figure_text(0) == "0");
  CHECK(figure_text(19) == "19");
  CHECK(figure_text(20.5405) == "20.54");
  CHECK(figure_text(0.01234567) == "0.01235");
  CHECK(figure_text(0.0001) == "<0.001");
  CHECK(figure_text(-0.5) == "-0.5");
  CHECK(figure_text(999.96) == "1000");
  CHECK(figure_text(-3025720) == "-3 026 000");
  CHECK(figure_text(999'999) == "1 000 000");
  CHECK(figure_text(1.8446744073709552e19) == "1.845·10^19");
  CHECK(wide_text(0) == "0");
  CHECK(wide_text(-120) == "-120");
  CHECK(wide_text(static_cast<__int128>(1) << 64) == "18446744073709551616");
}

TEST_CASE("absolute times are RFC 3339 with the zone") {
  {
    const Zone zone("UTC");
    CHECK(time_text(kWall) == "2026-11-24T03:00:00.123Z");
    CHECK(exact_time_text(kWall) == "2026-11-24T03:00:00.123456789Z");
  }
  {
    const Zone zone("XXX-5:30");
    CHECK(time_text(kWall) == "2026-11-24T08:30:00.123+05:30");
  }
}

TEST_CASE("what a time is written as is what it is read from") {
  const Zone zone("UTC");
  CHECK(parse_time("2026-11-24T03:00:00.123456789Z", 0) == kWall);
  CHECK(parse_time("2026-11-24T08:30:00.123456789+05:30", 0) == kWall);
  CHECK(parse_time("2026-11-24T03:00", 0) == kWall - 123'456'789);
  CHECK(parse_time("2026-11-24", 0) == kWall - 123'456'789 - 3 * 3600'000'000'000LL);
  CHECK(parse_time("04:10", kWall) == kWall - 123'456'789 + 70 * 60'000'000'000LL);
  CHECK(parse_time("10m", kWall) == kWall - 600'000'000'000);
  CHECK(parse_time("-1.5h", kWall) == kWall - 5'400'000'000'000);
}

TEST_CASE("what is no time and no duration is refused") {
  for (const char* text : {"", "x", "10", "10x", "2026", "2026-13-01", "2026-11-24T25:00", "2026-11-24T03:00:00.Z",
                           "14:5", "14:05pm", "2026-11-24T03:00:00+5", "nan s", "1e300 s", "-"}) {
    CAPTURE(text);
    CHECK(!parse_time(text, kWall).has_value());
  }
  CHECK(parse_duration("1.5 s") == 1'500'000'000);
  CHECK(parse_duration("250ms") == 250'000'000);
  CHECK(parse_duration("7d") == 7 * 86'400'000'000'000LL);
  CHECK(!parse_duration("-3s").has_value());
}

TEST_CASE("windows are written with both ends, one end, or around a time, in the local zone") {
  const char* const before = std::getenv("TZ");
  const std::string zone = before != nullptr ? before : "";
  setenv("TZ", "UTC", 1);
  tzset();
  constexpr std::int64_t kHour = 3'600'000'000'000, kDay = 24 * kHour;
  const std::int64_t now = *parse_time("2026-11-24T14:30:00Z", 0), midnight = *parse_time("2026-11-24", now);
  const auto window = [&](std::string_view since, std::string_view until = {}) {
    TimeWindow result;
    const std::string wrong = parse_window(since, until, now, result);
    CAPTURE(since, until, wrong);
    CHECK(wrong.empty());
    return std::pair(result.since_ns, result.until_ns);
  };
  const auto refused = [&](std::string_view since, std::string_view until = {}) {
    TimeWindow result;
    return !parse_window(since, until, now, result).empty();
  };
  using Ends = std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>;
  CHECK(window("") == Ends{});
  CHECK(window("-1h") == Ends{now - kHour, {}});
  CHECK(window("1h") == Ends{now - kHour, {}});
  CHECK(window("-1h..") == Ends{now - kHour, {}});
  CHECK(window("..-1h") == Ends{{}, now - kHour});
  CHECK(window("-2h..-1h") == Ends{now - 2 * kHour, now - kHour});
  CHECK(window("14:05", "14:15") == Ends{midnight + 845 * kHour / 60, midnight + 855 * kHour / 60});
  CHECK(window("14:05±10m") == Ends{midnight + 835 * kHour / 60, midnight + 855 * kHour / 60});
  CHECK(window("14:05+-10m") == window("14:05±10m"));
  CHECK(window("2026-11-02..2026-11-09") == Ends{midnight - 22 * kDay, midnight - 15 * kDay});
  CHECK(window("2026-11-02T00:00:00+01:00..2026-11-09") == Ends{midnight - 22 * kDay - kHour, midnight - 15 * kDay});
  CHECK(window("14:00:00.5..14:05").first == midnight + 14 * kHour + 500'000'000);
  // A time of day that is still to come was yesterday, where a window begins.
  CHECK(window("23:50..00:10") == Ends{midnight - kHour / 6, midnight + kHour / 6});
  CHECK(window("23:50").first == midnight - kHour / 6);
  CHECK(*parse_time("23:50", now) == midnight + kDay - kHour / 6);
  // Without a zone it is the local one.
  setenv("TZ", "EET-2", 1);
  tzset();
  CHECK(window("2026-11-02..2026-11-09").first == midnight - 22 * kDay - 2 * kHour);
  setenv("TZ", "UTC", 1);
  tzset();
  for (const char* const text :
       {"..", "...", "a..b", "14:05..", "±10m", "14:05±", "14:05±x", "14:05±0s", "25:00..26:00", "2026-02-30",
        "2026-13-01", "2026-11-24T12:00:00+99:00", "-1h..x", "x..-1h", "-1x"}) {
    CAPTURE(text);
    CHECK(refused(text) == (std::string_view(text) != "14:05.."));
  }
  CHECK(refused("14:15", "14:05"));
  CHECK(refused("-1h..", "14:05"));
  CHECK(refused("", "-1h.."));
  CHECK(refused("", "14:05±1m"));
  // Far away is far away, and not the other way round.
  CHECK(*parse_time("9999-12-31", now) > now);
  CHECK(*parse_time("0001-01-01", now) < 0);
  CHECK(window("9999-12-31±100000d").second > now);
  setenv("TZ", zone.c_str(), 1);
  if (before == nullptr) unsetenv("TZ");
  tzset();
}
