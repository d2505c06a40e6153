// Lengths of time and sizes, measured and set.
#include "core/measure_text.h"

#include <catch2/catch.hpp>

using namespace looptape::core;

TEST_CASE("measured lengths of time read as people say them") {
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

TEST_CASE("measured sizes read as people say them") {
  CHECK(bytes_text(812) == "812 B");
  CHECK(bytes_text(48 << 20) == "48 MiB");
  CHECK(bytes_text(1536) == "1.5 KiB");
}

TEST_CASE("sizes and lengths of time that were set are said in the largest unit that leaves a whole number") {
  CHECK(exact_duration_text(0) == "0");
  CHECK(exact_duration_text(1'500'000'000) == "1500 ms");
  CHECK(exact_duration_text(600'000'000'000) == "10 min");
  CHECK(exact_duration_text(86'400'000'000'000) == "24 h");
  CHECK(exact_duration_text(2 * 86'400'000'000'000) == "2 d");
  CHECK(exact_duration_text(-1) == "-1 ns");
  CHECK(exact_bytes_text(0) == "0");
  CHECK(exact_bytes_text(1) == "1 byte");
  CHECK(exact_bytes_text(4097) == "4097 bytes");
  CHECK(exact_bytes_text(std::uint64_t{4} << 20) == "4 MiB");
}
