// Lengths of time and sizes, measured and set.
#include "core/measure_text.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "core/printed_text.h"

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
  CHECK(duration_text(999'499) == "999 µs");  // rounded once
  CHECK(duration_text(999'450'000) == "999 ms");
  CHECK(duration_text(999'500'000) == "1.0 s");
  CHECK(duration_text(10'450) == "10 µs");
  CHECK(duration_text(std::numeric_limits<std::int64_t>::max()) == "2562047 h 47 min");
  CHECK(duration_text(std::numeric_limits<std::int64_t>::min()) == "-2562047 h 47 min");
}

TEST_CASE("what is printed by a format is whole, however long it gets") {
  CHECK(printed("%02d:%s", 7, "x") == "07:x");
  CHECK(printed("%s", "").empty());
  const std::string longer(5000, 'y');
  CHECK(printed("%s|%d", longer.c_str(), 1) == longer + "|1");
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

TEST_CASE("lengths of time and sizes are read as people write them, the same by the recorder and the command") {
  CHECK(read_duration("600ms") == 600e6);
  CHECK(read_duration(" 1.5 s ") == 1.5e9);
  CHECK(read_duration("250us") == read_duration("250 µs"));
  CHECK(read_duration("2min") == read_duration("2m"));
  CHECK(read_duration("7d") == 7 * 86400e9);
  CHECK(read_duration("-1h") == -3600e9);
  CHECK(read_duration("0") == 0.0);
  for (const char* none : {"", "s", "5", "5 parsecs", "1,5s", "inf s", "nan s", "0x10s"})
    CHECK_FALSE(read_duration(none));
  CHECK(read_bytes(" 48MiB ") == 48.0 * 1048576);
  CHECK(read_bytes("64M") == read_bytes("64 MiB"));
  CHECK(read_bytes("4096") == 4096.0);
  CHECK(read_bytes("1TiB") == 0x1p40);
  CHECK(read_bytes("2 PiB") == 0x1p51);
  CHECK(read_bytes("1e999G") == HUGE_VAL);
  for (const char* none : {"", "MiB", "4 MB", "4 mib", "four"}) CHECK_FALSE(read_bytes(none));
}

TEST_CASE("the limits of settings are read back as they are said") {
  for (const std::int64_t ns : {0LL, 1'000'000LL, 30'000'000'000LL, 86'400'000'000'000LL, 3660 * 86'400'000'000'000LL})
    CHECK(read_duration(exact_duration_text(ns)) == static_cast<double>(ns));
  for (const std::uint64_t bytes :
       {std::uint64_t{0}, std::uint64_t{1} << 20, std::uint64_t{1} << 40, std::uint64_t{1} << 50})
    CHECK(read_bytes(exact_bytes_text(bytes)) == static_cast<double>(bytes));
}
