// The page for man(1), generated from the definition of the command line.
//
// Pure.  The text is made of our own words only.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace looptape::tools {

std::string manual_page(const CLI::App& app);

}  // namespace looptape::tools
