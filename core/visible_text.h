// Foreign text made harmless, for whoever prints it: recorders, and the command through tools/escape.h.
//
// Pure; ordinary threads only (allocates); never on the request path.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace looptape::core {

// One line of valid UTF-8 in which control bytes, escape sequences, C1 controls, direction overrides, invisible
// characters and bytes that are not UTF-8 appear as `\n`, `\x1b`, `\u202e`.  Applied twice it changes nothing more.
std::string visible(std::string_view text);

inline constexpr std::size_t kQuotedBytes = 160;  // of what somebody gave, within a message

// visible(), and at most `most_bytes` of it (no fewer than 3); what was cut is marked with `…`.  Applied twice it
// changes nothing more.
std::string excerpt(std::string_view text, std::size_t most_bytes = kQuotedBytes);

// `\x1b`
std::string escaped_byte(char byte);

}  // namespace looptape::core
