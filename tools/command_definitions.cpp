// What the commands are called and what they take; see the header.
#include "tools/command_definitions.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <system_error>

#include "tools/help_text.h"
#include "tools/time_window.h"

namespace looptape::tools {
namespace {

constexpr const char* kSourceHelp =
    "what to read: a dump (*.tape), a directory of dumps, the region of a dead process, or pid:N for a running one; "
    "without any, all dumps of all services under ${LOOPTAPE_DIR:-${XDG_STATE_HOME:-~/.local/state}/looptape}";

const std::vector<std::string> kShells{"bash", "zsh", "fish"};

CLI::App* plain_command(CLI::App& app, const char* name, const char* what,
                        std::initializer_list<const char*> examples) {
  CLI::App* const added = app.add_subcommand(name, what);
  added->group("Commands");
  std::string footer = examples.size() > 1 ? "Examples:" : "Example:";
  for (const char* const example : examples) footer += std::string("\n  ") + example;
  added->footer(footer);
  return added;
}

CLI::App* command(CLI::App& app, CommandOptions& options, const char* name, const char* what,
                  std::initializer_list<const char*> examples) {
  CLI::App* const added = plain_command(app, name, what, examples);
  added->add_flag("--json", options.json, "one JSON document instead of tables");
  added->add_flag("--pager", options.pager, "on a terminal, through $PAGER (less)");
  return added;
}

// What there is to say of a command beside its options.
void note(CLI::App* command, const std::string& text) { command->footer(command->get_footer() + "\n\n" + text); }

CLI::Validator one_of(const std::vector<std::string>& values) {
  return CLI::Validator(
      [&values](const std::string& text) {
        if (std::find(values.begin(), values.end(), text) != values.end()) return std::string();
        std::string wrong = text + " is none of";
        for (const std::string& value : values) wrong += (wrong.back() == 'f' ? " " : ", ") + value;
        return wrong;
      },
      "");
}

CLI::Validator file_name() {
  return CLI::Validator(
      [](const std::string& text) {
        return text.empty() ? std::string("an empty name is no file to write") : std::string();
      },
      "");
}

CLI::Validator count() {
  return CLI::Validator(
      [](const std::string& text) {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool good = error == std::errc{} && end == text.data() + text.size() && number > 0;
        return good ? std::string() : text + " is no count; write a whole number from 1";
      },
      "");
}

void add_sources(CLI::App* command, std::vector<std::string>& sources) {
  command->add_option("SOURCE", sources, kSourceHelp)->type_name("FILE");
}

void add_filter(CLI::App* command, FilterTexts& filter) {
  command
      ->add_option("--where", filter.where,
                   std::string("only requests with KEY=VALUE or KEY!=VALUE; may be given again. KEY: ") +
                       std::string(kFilterKeys))
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--since", filter.since,
                   "only requests that began at or after TIME: " + std::string(kTimeForms) +
                       "; or a window: " + std::string(kWindowForms))
      ->type_name("TIME");
  command->add_option("--until", filter.until, "only requests that began before TIME")->type_name("TIME");
  command->add_option("--request-kind", filter.kind, "only requests of this kind")->type_name("KIND");
}

void define_recording(CLI::App& app, CommandOptions& options) {
  command(app, options, "ps",
          "which processes are being recorded, which regions dead ones left, and how many dumps each made by itself",
          {"looptape ps"});

  CLI::App* const dump = command(app, options, "dump", "a dump of a running process now, without its help",
                                 {"looptape dump 4242", "looptape dump 4242 -o now.tape --last 10s"});
  dump->add_option("PID", options.dump_pid, "the process, as `looptape ps` lists it")->required();
  dump->add_option(
          "-o,--output", options.dump.output,
          "the file to write, wherever there is room; without it, one in the service's directory within the usual "
          "disk limits: as many of the oldest dumps go as it needs")
      ->type_name("FILE")
      ->check(file_name());
  dump->add_option("--last", options.dump_last,
                   "at least the last TIME: 10s, 500ms or 2m; what is older goes by whole chunks")
      ->type_name("TIME");

  CLI::App* const recover =
      command(app, options, "recover", "dumps from the regions that dead processes left",
              {"looptape recover --all", "looptape recover /dev/shm/looptape-1000/answers-4242-77"});
  recover->add_option("REGION", options.recover.regions, "regions, as `looptape ps` lists them")->type_name("FILE");
  recover->add_flag("--all", options.recover.all, "every region of a dead process");
  note(recover,
       "A region is removed once its dump is on the disk; one whose process died before it recorded anything is "
       "removed without a dump.");
}

void define_reading(CLI::App& app, CommandOptions& options) {
  CLI::App* const info =
      command(app, options, "info",
              "what a recording is: process, trigger, window, counters, coverage and losses, what recording cost",
              {"looptape info slow.tape", "looptape info pid:4242"});
  add_sources(info, options.info.sources);
  info->add_flag("--all", options.info.all, "every counter, gauge and event, not only the 20 with most steps");
  note(info,
       "PER SECOND is by how much a counter went up, or how often an event happened, in the time that the recordings "
       "of its processes cover completely, divided by that time (JSON: per_second, per_second_of_ns). SUM counts what "
       "came before or after as well; in JSON a sum that 64 bits cannot hold is null and has its digits in sum_text.");

  CLI::App* const requests = command(app, options, "requests", "the requests, a line each",
                                     {"looptape requests --slowest 3 --where tenant=acme",
                                      "looptape requests slow.tape --since 14:05±10m --where status!=ok"});
  add_sources(requests, options.requests.sources);
  requests->add_option("--slowest", options.requests.slowest, "only the N slowest, the slowest first")
      ->type_name("N")
      ->check(count());
  add_filter(requests, options.filter);

  CLI::App* const show =
      command(app, options, "show", "one request: who asked, and where the time went, stage by stage",
              {"looptape show 4711", "looptape show slow.tape ticket=4892"});
  show->add_option("SOURCE... REQUEST", options.show.arguments,
                   "what to read, as for `requests`, then the request: its number, its trace id or the first 8 or more "
                   "digits of it, or KIND=ID of an external id")
      ->type_name("FILE");
  note(show,
       "CRITICAL is the part of the request's time that is the stage's own. DRAG is how much less the request would "
       "have taken without the stage and all below it (JSON: drag_ns): a stage that is shorter by less saves just "
       "that. SLACK is how much later the stage could have ended with the request ending as it did (JSON: slack_ns). "
       "Both assume that a stage waited for those beside it that had ended by its start.");

  CLI::App* const stages = command(app, options, "stages", "per stage: count, percentiles, share of the critical path",
                                   {"looptape stages slow.tape", "looptape stages --since -1h --where tenant=acme"});
  add_sources(stages, options.stages.sources);
  note(
      stages,
      "Stages of several services are kept apart, whatever their names; shares are of the requests of all. DRAG is the "
      "sum of what `show` calls so (JSON: drag_ns): how much less time the requests would have taken, had the stage "
      "and "
      "all below it taken none, one of it at a time.");
  stages
      ->add_option("--status", options.stages.status,
                   "of the requests whose stages count: ok (unless told otherwise), failed, all, or one of error, "
                   "cancelled, timeout, blocked, exception, running, incomplete")
      ->type_name("STATUS")
      ->check(one_of(stages_statuses()));
  add_filter(stages, options.filter);
}

}  // namespace

void define_commands(CLI::App& app, CommandOptions& options, std::size_t width) {
  app.name("looptape");
  app.formatter(std::make_shared<HelpText>(width));
  app.description("Reads what the Looptape recorder kept: dumps, directories of them, running and dead processes.");
  app.set_help_flag("-h,--help", "this text");
  app.footer("Example:\n  looptape requests --slowest 3\n\n`looptape COMMAND --help` shows each command's options.");
  app.set_version_flag("--version", "looptape " LOOPTAPE_VERSION_TEXT, "the version, and nothing else");
  app.require_subcommand(0, 1);
  define_recording(app, options);
  define_reading(app, options);
  plain_command(app, "completion", "the script that completes this command in a shell",
                {"looptape completion bash > ~/.local/share/bash-completion/completions/looptape"})
      ->add_option("SHELL", options.shell, "bash, zsh or fish")
      ->required()
      ->check(one_of(kShells));
  plain_command(app, "man", "the manual page, as man(1) reads it", {"looptape man | man -l -"});
}

std::vector<std::string> option_values(const CLI::Option* option) {
  if (option->check_lname("status")) return stages_statuses();
  if (option->get_positional() && option->get_name() == "SHELL") return kShells;
  return {};
}

bool is_shown(const CLI::Option* option) { return !option->get_group().empty(); }

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); });
}

}  // namespace looptape::tools
