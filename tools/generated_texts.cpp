// Shell completion and manual page, generated from the definition of the command line.
//
// Pure.  The texts are made of our own words only.
#include <algorithm>
#include <cctype>

#include "tools/command_definitions.h"

namespace looptape::tools {
namespace {

bool shown(const CLI::Option* option) { return !option->get_group().empty(); }

std::vector<const CLI::Option*> named_options(const CLI::App* app) {
  std::vector<const CLI::Option*> result;
  for (const CLI::Option* option : app->get_options()) {
    if (shown(option) && !option->get_positional()) result.push_back(option);
  }
  return result;
}

std::string words(const CLI::App* app) {
  std::string text;
  for (const CLI::Option* option : named_options(app)) {
    for (const std::string& name : option->get_lnames()) text += (text.empty() ? "--" : " --") + name;
    for (const std::string& name : option->get_snames()) text += (text.empty() ? "-" : " -") + name;
  }
  return text;
}

std::vector<const CLI::App*> commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); });
}

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
    if (!option->get_positional()) continue;
    const std::string name = option->get_name();
    const bool combined = name.find(' ') != std::string::npos;
    text += combined ? " [SOURCE ...] REQUEST" : option->get_required() ? " " + name : " [" + name + " ...]";
  }
  return text;
}

void describe(std::string& page, const CLI::App* command) {
  page += ".SS " + troff(synopsis(command)) + "\n" + troff(command->get_description()) + ".\n";
  for (const CLI::Option* option : command->get_options()) {
    if (!shown(option)) continue;
    const std::string names = option->get_positional() ? option->get_name() : option_names(option);
    page += ".TP\n.B " + troff(names) + "\n" + troff(option->get_description()) + "\n";
  }
  std::string example = command->get_footer();
  if (const std::size_t line = example.find('\n'); line != std::string::npos) example.erase(0, line + 1);
  example.erase(0, example.find_first_not_of(' '));
  page += ".PP\nExample:\n.PP\n.nf\n    " + troff(example) + "\n.fi\n";
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : commands(app)) names += (names.empty() ? "" : " ") + command->get_name();
  std::string script =
      "# bash completion for looptape, made by `looptape --generate-completion bash`\n"
      "_looptape() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} options=\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"" +
      names + " " + words(&app) +
      "\" -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  case $command in\n";
  for (const CLI::App* command : commands(app)) {
    script += "    " + command->get_name() + ") options=\"" + words(command) + "\" ;;\n";
  }
  script +=
      "  esac\n"
      "  if [ \"${current#-}\" != \"$current\" ]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "  fi\n"
      "}\n"
      "complete -o filenames -F _looptape looptape\n";
  return script;
}

std::string manual_page(const CLI::App& app) {
  std::string page = ".TH LOOPTAPE 1 \"\" \"looptape " LOOPTAPE_VERSION_TEXT "\"\n.SH NAME\nlooptape \\- " +
                     troff("read what the Looptape recorder kept") + "\n.SH SYNOPSIS\n";
  for (const CLI::App* command : commands(app)) page += ".B " + troff(synopsis(command)) + "\n.br\n";
  page += ".SH DESCRIPTION\n" + troff(app.get_description()) + "\n.SH COMMANDS\n";
  for (const CLI::App* command : commands(app)) describe(page, command);
  page += ".SH EXIT STATUS\n" +
          troff(
              "0: fine. 1: a problem with the data: missing, damaged, unknown; everything readable "
              "was shown. 2: a wrong call.") +
          "\n";
  page += ".SH ENVIRONMENT\n.TP\n.B LOOPTAPE_DIR\n" +
          troff("where the services' dumps are, when it is not the default") + "\n.TP\n.B NO_COLOR\n" +
          troff("no colour, on a terminal either") + "\n.TP\n.B TZ\n" + troff("the zone in which times are shown") +
          "\n";
  return page;
}

}  // namespace looptape::tools
