// How `--help` is laid out; see the header.
#include "tools/help_text.h"

#include <algorithm>

#include "tools/escape.h"

namespace looptape::tools {
namespace {
constexpr std::size_t kColumn = 26, kLeastText = 30;
}

HelpText::HelpText(std::size_t width) : width_(width) {
  column_width(kColumn);
  label("SUBCOMMAND", "COMMAND");
  label("OPTIONS", "options");
  label("Positionals", "Arguments");
}

std::string HelpText::wrapped(const std::string& text) const {
  std::string result;
  for (const std::string& line : wrap_to_width(text, std::max(width_, kColumn + kLeastText) - kColumn))
    result += (result.empty() ? "" : "\n") + line;
  return result;
}

std::string HelpText::make_option_desc(const CLI::Option* option) const { return wrapped(option->get_description()); }

std::string HelpText::make_option_opts(const CLI::Option* option) const {
  const bool takes_value = option->get_type_size() != 0 && !option->get_positional();
  return takes_value && !option->get_type_name().empty() ? " " + option->get_type_name() : std::string();
}

std::string HelpText::make_option_usage(const CLI::Option* option) const { return argument_usage(option); }

std::string HelpText::make_subcommand(const CLI::App* command) const {
  std::ostringstream out;
  CLI::detail::format_help(out, command->get_name(), wrapped(command->get_description()), kColumn);
  return out.str();
}

std::string HelpText::paragraph(std::string_view text) const {
  std::string result;
  for (const std::string& line : wrap_to_width(text, std::max(width_, kLeastText))) result += line + "\n";
  return result;
}

std::string HelpText::make_footer(const CLI::App* command) const {
  const std::vector<std::string> parts = paragraphs_of(command->get_footer());
  std::string text = parts.front() + "\n";  // to be copied: never broken
  for (std::size_t i = 1; i < parts.size(); ++i) text += "\n" + paragraph(parts[i]);
  return text + "\n" + paragraph(kExitCodes);
}

std::vector<std::string> paragraphs_of(const std::string& footer) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from != std::string::npos;) {
    const std::size_t to = footer.find("\n\n", from);
    parts.push_back(footer.substr(from, to == std::string::npos ? to : to - from));
    from = to == std::string::npos ? to : to + 2;
  }
  return parts;
}

std::string argument_usage(const CLI::Option* option) {
  std::string name = option->get_name();
  if (name.find(' ') != std::string::npos) return "[SOURCE...] REQUEST";
  if (option->get_required()) return name;
  return "[" + name + (option->get_expected_max() > 1 ? "...]" : "]");
}

}  // namespace looptape::tools
