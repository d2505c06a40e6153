// The page for man(1); see the header.
#include "tools/manual_page.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/command_definitions.h"
#include "tools/help_text.h"

namespace looptape::tools {
namespace {

// troff: backslashes, and dots at the start of a line.
std::string troff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

std::string option_names(const CLI::Option* option) {
  std::string text;
  for (const std::string& name : option->get_snames()) text += (text.empty() ? "-" : ", -") + name;
  for (const std::string& name : option->get_lnames()) text += (text.empty() ? "--" : ", --") + name;
  if (option->get_items_expected_max() > 0 && !option->get_type_name().empty()) text += " " + option->get_type_name();
  return text;
}

std::string synopsis(const CLI::App* command) {
  std::string text = "looptape " + command->get_name() + " [options]";
  for (const CLI::Option* option : command->get_options()) {
    if (option->get_positional()) text += " " + argument_usage(option);
  }
  return text;
}

void describe(std::string& page, const CLI::App* command) {
  page += ".SS " + troff(synopsis(command)) + "\n" + troff(command->get_description()) + ".\n";
  for (const CLI::Option* option : command->get_options()) {
    if (!is_shown(option)) continue;
    const std::string names = option->get_positional() ? option->get_name() : option_names(option);
    page += ".TP\n.B " + troff(names) + "\n" + troff(option->get_description()) + "\n";
  }
  const std::vector<std::string> parts = paragraphs_of(command->get_footer());
  for (std::size_t i = 1; i < parts.size(); ++i) page += ".PP\n" + troff(parts[i]) + "\n";
  const std::string& examples = parts.front();  // "Examples:", then a line each
  const std::size_t line = std::min(examples.find('\n'), examples.size());
  page += ".PP\n" + troff(examples.substr(0, line)) + "\n.PP\n.nf" + troff(examples.substr(line)) + "\n.fi\n";
}

}  // namespace

namespace {

constexpr std::pair<const char*, const char*> kEnvironment[] = {
    {"LOOPTAPE_DIR", "where the services' dumps are, when it is not the default"},
    {"LOOPTAPE_REGION_DIRECTORY", "where the regions of processes are, when it is not /dev/shm"},
    {"LOOPTAPE_DISK_FILES, LOOPTAPE_DISK_BYTES, LOOPTAPE_DISK_FREE_FLOOR, LOOPTAPE_DISK_AGE",
     "how many dumps of a service dump and recover keep, how large together, how much of the disk they leave free, and "
     "how old they may get: the oldest go first"},
    {"PAGER", "what shows long output on a terminal, instead of less"},
    {"COLUMNS", "how wide tables may be on a terminal, instead of what it says itself"},
    {"NO_COLOR", "no colour, on a terminal either"},
    {"TZ", "the zone in which times are shown"},
};

}  // namespace

std::string manual_page(const CLI::App& app) {
  std::string page = ".TH LOOPTAPE 1 \"\" \"looptape " LOOPTAPE_VERSION_TEXT "\"\n.SH NAME\nlooptape \\- " +
                     troff("read what the Looptape recorder kept") + "\n.SH SYNOPSIS\n";
  for (const CLI::App* command : commands_of(app)) page += ".B " + troff(synopsis(command)) + "\n.br\n";
  page += ".SH DESCRIPTION\n" + troff(app.get_description()) + "\n.SH COMMANDS\n";
  for (const CLI::App* command : commands_of(app)) describe(page, command);
  page += ".SH EXIT STATUS\n" +
          troff(
              "0: fine. 1: a problem with the data: missing, damaged, unknown; everything readable "
              "was shown. 2: a wrong call.") +
          "\n";
  page += ".SH ENVIRONMENT\n";
  for (const auto& [variable, meaning] : kEnvironment)
    page += ".TP\n.B " + troff(variable) + "\n" + troff(meaning) + "\n";
  return page;
}

}  // namespace looptape::tools
