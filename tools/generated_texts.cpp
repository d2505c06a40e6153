// Shell completion and manual page, generated from the definition of the command line.
//
// Pure.  The texts are made of our own words only.
#include <algorithm>
#include <map>

#include "tools/command_definitions.h"
#include "tools/help_text.h"

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

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : " ") + value;
  return text;
}

bool takes_value(const CLI::Option* option) { return option->get_items_expected_max() > 0; }
// Of an option's value or an argument: a shell offers files.
bool takes_file(const CLI::Option* option) { return option->get_type_name() == "FILE"; }

// What a command takes beside its options; null: nothing.
const CLI::Option* argument(const CLI::App* command) {
  const auto options = command->get_options();
  const auto found =
      std::find_if(options.begin(), options.end(), [](const auto* each) { return each->get_positional(); });
  return found == options.end() ? nullptr : *found;
}

// What its argument may be, where that is a list.
std::string argument_values(const CLI::App* command) {
  const CLI::Option* const option = argument(command);
  return option == nullptr ? std::string() : joined(option_values(option));
}

bool argument_is_file(const CLI::App* command) {
  const CLI::Option* const option = argument(command);
  return option != nullptr && takes_file(option);
}

// "--output|-o", as `case` takes it.
std::string pattern(const CLI::Option* option) {
  std::string text;
  for (const std::string& name : option->get_lnames()) text += (text.empty() ? "--" : "|--") + name;
  for (const std::string& name : option->get_snames()) text += (text.empty() ? "-" : "|-") + name;
  return text;
}

// In single quotes, for a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// As much as is enough beside a name: up to the first semicolon, and not the list that a shell offers itself.
std::string brief(const CLI::Option* option) {
  const std::string& text = option->get_description();
  return text.substr(0, text.find_first_of(option_values(option).empty() ? ";" : ";:"));
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
    if (option->get_positional()) text += " " + argument_usage(option);
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
  const std::string footer = command->get_footer();  // "Examples:", then a line each
  const std::size_t line = std::min(footer.find('\n'), footer.size());
  page += ".PP\n" + troff(footer.substr(0, line)) + "\n.PP\n.nf" + troff(footer.substr(line)) + "\n.fi\n";
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : commands(app)) names += (names.empty() ? "" : " ") + command->get_name();
  std::string script =
      "# bash completion for looptape, made by `looptape completion bash`\n"
      "_looptape() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} options= values= files=\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"" +
      names + " " + words(&app) +
      "\" -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  case $command in\n";
  for (const CLI::App* command : commands(app)) {
    script += "    " + command->get_name() + ") options=\"" + words(command) + "\"";
    if (const std::string values = argument_values(command); !values.empty()) script += " values=\"" + values + "\"";
    if (argument_is_file(command)) script += " files=1";
    script += " ;;\n";
  }
  script += "  esac\n  case ${COMP_WORDS[COMP_CWORD-1]} in\n";
  std::map<std::string, std::string> by_option;
  for (const CLI::App* command : commands(app)) {
    for (const CLI::Option* option : named_options(command)) {
      if (!takes_value(option)) continue;
      const auto values = option_values(option);
      by_option[pattern(option)] = !values.empty()      ? "values=\"" + joined(values) + "\""
                                   : takes_file(option) ? "files=1"
                                                        : "return";
    }
  }
  for (const auto& [option, action] : by_option) script += "    " + option + ") " + action + " ;;\n";
  script +=
      "  esac\n"
      "  if [ -n \"$values\" ]; then\n"
      "    COMPREPLY=($(compgen -W \"$values\" -- \"$current\"))\n"
      "  elif [ \"${current#-}\" != \"$current\" ]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
      "  elif [ -n \"$files\" ]; then\n"
      "    COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "  fi\n"
      "}\n"
      "complete -o filenames -F _looptape looptape\n";
  return script;
}

namespace {

// An array of "name:description" for _describe.
std::string zsh_options(const CLI::App* command, const std::string& indent) {
  std::string text = indent + "items=(\n";
  for (const CLI::Option* option : named_options(command)) {
    if (!option->get_lnames().empty())
      text += indent + "  " + quoted("--" + option->get_lnames().front() + ":" + brief(option)) + "\n";
  }
  return text + indent + ")\n";
}

std::string zsh_values(const std::string& values) { return "items=(" + values + "); _describe value items; return"; }

std::string zsh_command(const CLI::App* command) {
  std::string text = "    " + command->get_name() + ")\n" + zsh_options(command, "      ");
  std::string cases;
  for (const CLI::Option* option : named_options(command)) {
    if (!takes_value(option)) continue;
    const auto values = option_values(option);
    cases += "        " + pattern(option) + ") " +
             (!values.empty()      ? zsh_values(joined(values))
              : takes_file(option) ? "_files; return"
                                   : "_message " + quoted(brief(option)) + "; return") +
             " ;;\n";
  }
  if (!cases.empty()) text += "      case $words[CURRENT-1] in\n" + cases + "      esac\n";
  text += "      if [[ $words[CURRENT] != -* ]]; then ";
  const CLI::Option* const option = argument(command);
  const std::string values = argument_values(command);
  text += option == nullptr    ? "_message 'nothing else'; return"
          : !values.empty()    ? zsh_values(values)
          : takes_file(option) ? "_files; return"
                               : "_message " + quoted(brief(option)) + "; return";
  return text + "; fi\n      ;;\n";
}

}  // namespace

std::string zsh_completion(const CLI::App& app) {
  std::string script =
      "#compdef looptape\n# zsh completion for looptape, made by `looptape completion zsh`\n_looptape() {\n"
      "  local -a items\n  if (( CURRENT == 2 )) && [[ $words[2] == -* ]]; then\n" +
      zsh_options(&app, "    ") + "    _describe option items\n    return\n  fi\n" +
      "  if (( CURRENT == 2 )); then\n    items=(\n";
  for (const CLI::App* command : commands(app))
    script += "      " + quoted(command->get_name() + ":" + command->get_description()) + "\n";
  script += "    )\n    _describe command items\n    return\n  fi\n  case $words[2] in\n";
  for (const CLI::App* command : commands(app)) script += zsh_command(command);
  return script +
         "  esac\n  _describe option items\n}\n"
         "if [ \"$funcstack[1]\" = _looptape ]; then _looptape \"$@\"; else compdef _looptape looptape; fi\n";
}

namespace {

std::string fish_options(const CLI::App* command, const std::string& begin) {
  std::string text;
  for (const CLI::Option* option : named_options(command)) {
    text += begin;
    for (const std::string& name : option->get_lnames()) text += " -l " + name;
    for (const std::string& name : option->get_snames()) text += " -s " + name;
    if (takes_value(option)) text += " -r";
    if (const auto values = option_values(option); !values.empty()) text += " -a '" + joined(values) + "'";
    text += " -d " + quoted(brief(option));
    if (takes_value(option)) text += takes_file(option) ? " -F" : " -f";
    text += "\n";
  }
  return text;
}

}  // namespace

std::string fish_completion(const CLI::App& app) {
  const std::string first = "complete -c looptape -n __fish_use_subcommand";
  std::string script = "# fish completion for looptape, made by `looptape completion fish`\n" + first + " -f\n" +
                       fish_options(&app, first);
  for (const CLI::App* command : commands(app)) {
    const std::string begin = "complete -c looptape -n '__fish_seen_subcommand_from " + command->get_name() + "'";
    script += first + " -a " + command->get_name() + " -d " + quoted(command->get_description()) + "\n";
    script += fish_options(command, begin);
    if (const std::string values = argument_values(command); !values.empty()) {
      script += begin + " -f -a '" + values + "'\n";
    } else if (!argument_is_file(command)) {
      script += begin + " -f\n";
    }
  }
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
          troff("where the services' dumps are, when it is not the default") + "\n.TP\n.B LOOPTAPE_REGION_DIRECTORY\n" +
          troff("where the regions of processes are, when it is not /dev/shm") + "\n.TP\n.B COLUMNS\n" +
          troff("how wide tables may be on a terminal, instead of what it says itself") + "\n.TP\n.B NO_COLOR\n" +
          troff("no colour, on a terminal either") + "\n.TP\n.B TZ\n" + troff("the zone in which times are shown") +
          "\n";
  return page;
}

}  // namespace looptape::tools
