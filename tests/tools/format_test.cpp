// Figures as people say them, and what people may type.
#include "tools/format.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

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

TEST_CASE("durations read as people say them") {
  CHECK(duration_text(0) == "0 ns");
  CHECK(duration_text(812) == "812 ns");
  CHECK(duration_text(1'800'000'000) == "1.8 s");
  CHECK(duration_text(44'000'000) == "44 ms");
  CHECK(duration_text(4'449'999) == "4.4 ms");
  CHECK(duration_text(999'600'000) == "1.0 s");
  CHECK(duration_text(999'600) == "1.0 ms");
  CHECK(duration_text(9'960) == "10 µs");
  CHECK(duration_text(185'000'000'000) == "3 min 05 s");
  CHECK(duration_text(3'600'000'000'000) == "1 h 00 min");
  CHECK(duration_text(-1500) == "-1.5 µs");
}

TEST_CASE("sizes, counts and shares read as people say them") {
  CHECK(bytes_text(812) == "812 B");
  CHECK(bytes_text(48 << 20) == "48 MiB");
  CHECK(bytes_text(1536) == "1.5 KiB");
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

TEST_CASE("absolute times are RFC 3339 with the zone") {
  {
    const Zone zone("UTC");
    CHECK(time_text(kWall) == "2026-11-24T03:00:00.123Z");
    CHECK(exact_time_text(kWall) == "2026-11-24T03:00:00.123456789Z");
    CHECK(clock_text(kWall) == "03:00:00.123");
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
