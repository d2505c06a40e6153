// The values of settings as people write them: "600ms", "48MiB", "SIGUSR1", "yes".
//
// At start only, ordinary threads; pure functions.  A number too large for its type becomes the type's largest, and a
// negative one of a type without sign too: both lie outside every range, and the ranges are checked elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace looptape {

// "600ms", "1.5s", "2min", "250us", "7ns"; a bare number is refused.  False: not a duration.
bool parse_duration(std::string_view text, std::chrono::nanoseconds* value);
// "48MiB", "64M", "1GiB", "4096"; powers of 1024.  False: not a size.
bool parse_size(std::string_view text, std::size_t* value);
// False: not a whole number.
bool parse_number(std::string_view text, unsigned* value);
// "SIGUSR1", "USR1", "SIGRTMIN+2" or a number.  False: no signal has that name.
bool parse_signal(std::string_view text, int* value);
// 1, yes, true, on; 0, no, false, off.
bool parse_boolean(std::string_view text, bool* value);

}  // namespace looptape
