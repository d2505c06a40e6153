// How `--help` is laid out: lines that fit, and words instead of a parser's notation.
//
// Only command_definitions.cpp and manual_page.cpp include this.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace looptape::tools {

class HelpText final : public CLI::Formatter {
 public:
  // `width`: columns a line may have.
  explicit HelpText(std::size_t width);
  std::string make_option_desc(const CLI::Option* option) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_usage(const CLI::Option* option) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_footer(const CLI::App* command) const override;

 private:
  std::string wrapped(const std::string& text) const;
  std::string paragraph(std::string_view text) const;
  std::size_t width_;
};

// What ends every help.
inline constexpr std::string_view kExitCodes =
    "Exit code: 0 fine, 1 a problem with the data (what is readable was shown), 2 a wrong call";

// A footer has the examples, a line each, and then what else is to be said, a paragraph each, parted by empty lines.
std::vector<std::string> paragraphs_of(const std::string& footer);

// The positional argument as a synopsis has it: "PID", "[SOURCE...]", "[SOURCE...] REQUEST".
std::string argument_usage(const CLI::Option* option);

}  // namespace looptape::tools
