// Scripts that complete the command line in a shell; see the header.
#include "tools/completion_scripts.h"

#include <algorithm>
#include <map>
#include <vector>

#include "tools/command_definitions.h"

namespace looptape::tools {
namespace {

std::vector<const CLI::Option*> named_options(const CLI::App* app) {
  std::vector<const CLI::Option*> result;
  for (const CLI::Option* option : app->get_options()) {
    if (is_shown(option) && !option->get_positional()) result.push_back(option);
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

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : commands_of(app)) names += (names.empty() ? "" : " ") + command->get_name();
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
  for (const CLI::App* command : commands_of(app)) {
    script += "    " + command->get_name() + ") options=\"" + words(command) + "\"";
    if (const std::string values = argument_values(command); !values.empty()) script += " values=\"" + values + "\"";
    if (argument_is_file(command)) script += " files=1";
    script += " ;;\n";
  }
  script += "  esac\n  case ${COMP_WORDS[COMP_CWORD-1]} in\n";
  std::map<std::string, std::string> by_option;
  for (const CLI::App* command : commands_of(app)) {
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
  for (const CLI::App* command : commands_of(app))
    script += "      " + quoted(command->get_name() + ":" + command->get_description()) + "\n";
  script += "    )\n    _describe command items\n    return\n  fi\n  case $words[2] in\n";
  for (const CLI::App* command : commands_of(app)) script += zsh_command(command);
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
  for (const CLI::App* command : commands_of(app)) {
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

}  // namespace looptape::tools
