// How `--help` is laid out: lines that fit, and words instead of a parser's notation.
//
// Only command_definitions.cpp and manual_page.cpp include this.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>

namespace looptape::tools {

class HelpText final : public CLI::Formatter {
 public:
  // `width`: columns a line may have.
  explicit HelpText(std::size_t width);
  std::string make_option_desc(const CLI::Option* option) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_usage(const CLI::Option* option) const override;
  std::string make_subcommand(const CLI::App* command) const override;

 private:
  std::string wrapped(const std::string& text) const;
  std::size_t width_;
};

// The positional argument as a synopsis has it: "PID", "[SOURCE...]", "[SOURCE...] REQUEST".
std::string argument_usage(const CLI::Option* option);

}  // namespace looptape::tools
