// Scripts that complete the command line in a shell, generated from its definition.
//
// Pure.  The texts are made of our own words only.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace looptape::tools {

std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
std::string fish_completion(const CLI::App& app);

}  // namespace looptape::tools
