// Reads one source file as clean text: unpacks gzip, drops HTML mark-up, repairs the encoding.
//
// Any thread may call it. It never throws and never runs anything it reads; a file that cannot be
// read, or that is not text, is an empty result.

#pragma once

#include <filesystem>
#include <string>

namespace looptape::tools::demo {

std::string file_text(const std::filesystem::path& path);

// Text of an HTML page: tags, scripts and styles removed, the common entities resolved.
std::string without_markup(std::string_view html);

}  // namespace looptape::tools::demo
