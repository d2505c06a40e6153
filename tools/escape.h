// Foreign text made harmless: the one door between text that came from outside and anything people or
// programs read.
//
// Names, attributes, identities, file names, arguments: none of it is ever interpreted.  Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/visible_text.h"

namespace looptape::tools {

// For a terminal: see core/visible_text.h, which recorders print by too.
using core::visible;

// For JSON: valid UTF-8, in which bytes that are not appear as `\xff`; all else stays as it is (the writer
// of JSON escapes what must be).
std::string valid_utf8(std::string_view text);

// Columns that text takes on a terminal.  REQUIRES: the result of visible().
std::size_t display_width(std::string_view text);

// At most `columns` columns of it, never half a character; what was cut is marked with `…`.
std::string cut_to_width(std::string_view text, std::size_t columns);

// All of it in lines of at most `columns` (no fewer than 2), broken at spaces where there are any.
std::vector<std::string> wrap_to_width(std::string_view text, std::size_t columns);

// Texts side by side, two spaces between them, in lines of at most `columns`: one is broken only where it has no room
// in a line of its own.
std::vector<std::string> pack_to_width(const std::vector<std::string>& texts, std::size_t columns);

}  // namespace looptape::tools
