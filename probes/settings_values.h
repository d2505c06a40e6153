// Parts of settings as people write them: "600ms", "SIGUSR1", "yes".  What is a measure as a whole is read by
// core/setting_range.h.
//
// At start only, ordinary threads; pure functions.  A number too large for its type becomes the type's largest, and a
// negative one of a type without sign too: both lie outside of what is allowed, which is checked elsewhere.
#pragma once

#include <chrono>
#include <string_view>

namespace looptape {

// "600ms", "1.5s", "2min", "250us", "7ns"; a bare number is refused, but for 0.  False: not a duration.
bool parse_duration(std::string_view text, std::chrono::nanoseconds* value);
// False: not a whole number.
bool parse_number(std::string_view text, unsigned* value);
// "SIGUSR1", "USR1", "SIGRTMIN+2" or a number.  False: no signal has that name.
bool parse_signal(std::string_view text, int* value);
// 1, yes, true, on; 0, no, false, off.
bool parse_boolean(std::string_view text, bool* value);

}  // namespace looptape
