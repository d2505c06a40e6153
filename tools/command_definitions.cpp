// What the commands are called and what they take; see the header.
#include "tools/command_definitions.h"

namespace looptape::tools {
namespace {

constexpr const char* kSourceHelp =
    "a dump (*.tape), a directory of dumps, the region of a dead process, or pid:N; without one, every service's dumps "
    "under ${LOOPTAPE_DIR:-${XDG_STATE_HOME:-~/.local/state}/looptape}";

CLI::App* command(CLI::App& app, CommandOptions& options, const char* name, const char* what, const char* example) {
  CLI::App* const added = app.add_subcommand(name, what);
  added->footer(std::string("Example:\n  ") + example);
  added->add_flag("--json", options.json, "one JSON document instead of tables");
  added->add_flag("--pager", options.pager, "on a terminal, through $PAGER (less)");
  return added;
}

void add_filter(CLI::App* command, FilterTexts& filter) {
  command
      ->add_option("--where", filter.where,
                   std::string("only requests with KEY=VALUE or KEY!=VALUE; may be given again. KEY: ") +
                       std::string(kFilterKeys))
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--since", filter.since, "only requests that began at or after TIME: 10m (ago), 14:05, or RFC 3339")
      ->type_name("TIME");
  command->add_option("--until", filter.until, "only requests that began before TIME")->type_name("TIME");
  command->add_option("--request-kind", filter.kind, "only requests of this kind")->type_name("KIND");
}

}  // namespace

void define_commands(CLI::App& app, CommandOptions& options) {
  app.name("looptape");
  app.description("Reads what the Looptape recorder kept: dumps, directories of them, running and dead processes.");
  app.footer("Example:\n  looptape requests --slowest 3\n\n`looptape COMMAND --help` shows each command's options.");
  app.set_version_flag("--version", "looptape " LOOPTAPE_VERSION_TEXT, "the version, and nothing else");
  app.add_option("--generate-completion", options.generate_completion)->group("")->type_name("SHELL");
  app.add_flag("--generate-man", options.generate_man)->group("");
  app.require_subcommand(0, 1);

  command(app, options, "ps", "which processes are being recorded, and which regions dead ones left", "looptape ps");

  CLI::App* const dump = command(app, options, "dump", "a dump of a running process now, without its help",
                                 "looptape dump 4242 -o now.tape --last 10s");
  dump->add_option("PID", options.dump.pid, "the process")->required();
  dump->add_option("-o,--output", options.dump.output, "the file to write; without it, one in the service's directory")
      ->type_name("FILE");
  dump->add_option("--last", options.dump_last, "at least the last TIME, as in 10s; what is older goes by whole chunks")
      ->type_name("TIME");

  CLI::App* const recover =
      command(app, options, "recover", "dumps from the regions that dead processes left", "looptape recover --all");
  CLI::Option* const region =
      recover->add_option("REGION", options.recover.regions, "regions, as `looptape ps` lists them");
  recover->add_flag("--all", options.recover.all, "every region of a dead process")->excludes(region);

  CLI::App* const info = command(
      app, options, "info", "what a recording is: process, trigger, window, coverage and losses, what recording cost",
      "looptape info slow.tape");
  info->add_option("SOURCE", options.info.sources, kSourceHelp);

  CLI::App* const requests = command(app, options, "requests", "the requests, a line each",
                                     "looptape requests --slowest 3 --where tenant=acme");
  requests->add_option("SOURCE", options.requests.sources, kSourceHelp);
  requests->add_option("--slowest", options.requests.slowest, "only the N slowest, the slowest first")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32));
  add_filter(requests, options.filter);

  CLI::App* const show =
      command(app, options, "show", "one request: who asked, and where the time went, stage by stage",
              "looptape show slow.tape ticket=4892");
  show->add_option(
      "SOURCE... REQUEST", options.show.arguments,
      "sources as for `requests`, then the request: its number, its trace id or the first 8 or more digits of "
      "it, or KIND=ID of an external id");

  CLI::App* const stages = command(app, options, "stages", "per stage: count, percentiles, share of the critical path",
                                   "looptape stages slow.tape --since 10m");
  stages->add_option("SOURCE", options.stages.sources, kSourceHelp);
  stages
      ->add_option("--status", options.stages.status,
                   "of the requests whose stages count: ok, failed, all, or one status")
      ->type_name("STATUS")
      ->capture_default_str()
      ->check(CLI::IsMember(stages_statuses()));
  add_filter(stages, options.filter);
}

}  // namespace looptape::tools
