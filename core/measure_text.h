// Lengths of time and sizes as people say and write them.
//
// Pure; ordinary threads only (allocates): at start, when something is wrong, and in tools; never on the request path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace looptape::core {

// Figures that were measured, rounded to what is read at a glance.
std::string duration_text(std::int64_t nanoseconds);  // "1.8 s", "44 ms", "812 ns", "3 min 05 s"
std::string bytes_text(std::uint64_t bytes);          // "48 MiB", "812 B"

// Values that were set, and their limits: not rounded, in the largest unit that leaves a whole number.
std::string exact_duration_text(std::int64_t nanoseconds);  // "10 min", "1500 ms", "2 d"; nothing is "0"
std::string exact_bytes_text(std::uint64_t bytes);          // "4 MiB", "4194303 bytes"; nothing is "0"

// As people write them: a decimal number and its unit, with or without blanks.  What is read may be negative, or
// infinite where no type holds it: the caller knows what it allows.  Nothing: it is not one.
// "600ms", "1.5 s", "2min", "7d": nanoseconds.  Only 0 needs no unit.
std::optional<double> read_duration(std::string_view text);
// "48MiB", "64M", "4096"; powers of 1024.
std::optional<double> read_bytes(std::string_view text);
// A whole number: digits, with a minus before them or not.
std::optional<double> read_number(std::string_view text);

std::string_view without_blanks_around(std::string_view text);

}  // namespace looptape::core
