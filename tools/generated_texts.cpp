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

// What its argument may be, where that is a list.
std::string argument_values(const CLI::App* command) {
  std::string text;
  for (const CLI::Option* option : command->get_options()) {
    if (option->get_positional()) text += joined(option_values(option));
  }
  return text;
}

// In single quotes, for a shell; up to the first semicolon, which is enough beside a name.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text.substr(0, text.find(';'))) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
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
      "  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} options= values=\n"
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
    script += " ;;\n";
  }
  script += "  esac\n  case ${COMP_WORDS[COMP_CWORD-1]} in\n";
  std::map<std::string, std::string> by_option;
  for (const CLI::App* command : commands(app)) {
    for (const CLI::Option* option : named_options(command)) {
      if (const auto values = option_values(option); !values.empty())
        by_option["--" + option->get_lnames().front()] = joined(values);
    }
  }
  for (const auto& [option, values] : by_option) script += "    " + option + ") values=\"" + values + "\" ;;\n";
  script +=
      "  esac\n"
      "  if [ -n \"$values\" ]; then\n"
      "    COMPREPLY=($(compgen -W \"$values\" -- \"$current\"))\n"
      "  elif [ \"${current#-}\" != \"$current\" ]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "  fi\n"
      "}\n"
      "complete -o filenames -F _looptape looptape\n";
  return script;
}

std::string zsh_completion(const CLI::App& app) {
  std::string script =
      "#compdef looptape\n# zsh completion for looptape, made by `looptape completion zsh`\n_looptape() {\n"
      "  local -a items\n  if (( CURRENT == 2 )); then\n    items=(\n";
  for (const CLI::App* command : commands(app))
    script += "      " + quoted(command->get_name() + ":" + command->get_description()) + "\n";
  script += "    )\n    _describe command items\n    return\n  fi\n  case $words[2] in\n";
  for (const CLI::App* command : commands(app)) {
    script += "    " + command->get_name() + ")\n      items=(\n";
    for (const CLI::Option* option : named_options(command)) {
      if (!option->get_lnames().empty())
        script += "        " + quoted("--" + option->get_lnames().front() + ":" + option->get_description()) + "\n";
    }
    script += "      )\n";
    if (const std::string values = argument_values(command); !values.empty())
      script += "      [[ $words[CURRENT] != -* ]] && items=(" + values + ") && _describe value items && return\n";
    for (const CLI::Option* option : named_options(command)) {
      if (const auto values = option_values(option); !values.empty())
        script += "      [[ $words[CURRENT-1] == --" + option->get_lnames().front() + " ]] && items=(" +
                  joined(values) + ") && _describe value items && return\n";
    }
    script += "      ;;\n";
  }
  return script +
         "  esac\n  if [[ $words[CURRENT] == -* ]]; then\n    _describe option items\n  else\n    _files\n  fi\n}\n"
         "if [ \"$funcstack[1]\" = _looptape ]; then _looptape \"$@\"; else compdef _looptape looptape; fi\n";
}

std::string fish_completion(const CLI::App& app) {
  std::string script =
      "# fish completion for looptape, made by `looptape completion fish`\n"
      "complete -c looptape -n __fish_use_subcommand -f\n";
  for (const CLI::App* command : commands(app)) {
    const std::string begin = "complete -c looptape -n '__fish_seen_subcommand_from " + command->get_name() + "'";
    script += "complete -c looptape -n __fish_use_subcommand -a " + command->get_name() + " -d " +
              quoted(command->get_description()) + "\n";
    for (const CLI::Option* option : named_options(command)) {
      script += begin;
      for (const std::string& name : option->get_lnames()) script += " -l " + name;
      for (const std::string& name : option->get_snames()) script += " -s " + name;
      if (option->get_items_expected_max() > 0) script += " -r";
      if (const auto values = option_values(option); !values.empty()) script += " -f -a '" + joined(values) + "'";
      script += " -d " + quoted(option->get_description()) + "\n";
    }
    if (const std::string values = argument_values(command); !values.empty())
      script += begin + " -f -a '" + values + "'\n";
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
