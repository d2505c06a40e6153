// What the commands are called and what they take; shared by the parser and by what is generated from it.
//
// Only command_line.cpp and what is generated from it (completion_scripts.cpp, manual_page.cpp) include this.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "tools/command_dump.h"
#include "tools/command_info.h"
#include "tools/command_ps.h"
#include "tools/command_recover.h"
#include "tools/command_requests.h"
#include "tools/command_show.h"
#include "tools/command_stages.h"

namespace looptape::tools {

// Options as they are written, before they are understood.
struct FilterTexts {
  std::vector<std::string> where;
  std::string since, until, kind;
};

struct CommandOptions {
  bool json = false;
  bool pager = false;
  std::string shell;  // of `completion`
  DumpOptions dump;
  std::string dump_pid, dump_last;
  RecoverOptions recover;
  InfoOptions info;
  RequestsOptions requests;
  ShowOptions show;
  StagesOptions stages;
  FilterTexts filter;
};

// Fills `app` with all commands; their options end up in `options`.  Help texts have lines of at most `width` columns.
void define_commands(CLI::App& app, CommandOptions& options, std::size_t width);

// What an option or argument may be, where that is a list; else empty.
std::vector<std::string> option_values(const CLI::Option* option);

// What people are told of: neither hidden options nor groups of them.
bool is_shown(const CLI::Option* option);
std::vector<const CLI::App*> commands_of(const CLI::App& app);

}  // namespace looptape::tools
