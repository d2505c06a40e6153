// The command line of `looptape`: parsing and dispatch; see the header.
#include "tools/command_line.h"

#include <chrono>
#include <exception>
#include <new>

#include "tools/command_definitions.h"
#include "tools/format.h"
#include "tools/pager.h"
#include "tools/session.h"

namespace looptape::tools {
namespace {

// False: something was wrong, and said.
bool understand(const FilterTexts& texts, const char* command, Session& session, RequestFilter& filter) {
  const std::string name = command;
  filter.kind = texts.kind;
  for (const std::string& text : texts.where) {
    const auto condition = parse_condition(text);
    if (!condition) {
      session.problem(name + ": --where " + text + " is not KEY=VALUE, as in --where tenant=acme", kWrongCall);
      return false;
    }
    filter.conditions.push_back(*condition);
  }
  const auto time = [&](const char* option, const std::string& text, std::optional<std::int64_t>& value) {
    if (text.empty()) return true;
    value = parse_time(text, session.now_wall_ns);
    if (value) return true;
    session.problem(name + ": " + option + " " + text + " is no time; write 10m (ago), 14:05 or 2026-11-02T14:05:00Z",
                    kWrongCall);
    return false;
  };
  return time("--since", texts.since, filter.since_wall_ns) && time("--until", texts.until, filter.until_wall_ns);
}

int run_dump_command(CommandOptions& options, Session& session) {
  if (!options.dump_last.empty()) {
    const auto last = parse_duration(options.dump_last);
    if (!last || *last <= 0) {
      session.problem("dump: --last " + options.dump_last + " is no length of time; write 10s, 500ms or 2m",
                      kWrongCall);
      return session.exit_code;
    }
    options.dump.last_ns = *last;
  }
  return run_dump(options.dump, session);
}

int dispatch(const CLI::App& app, CommandOptions& options, Session& session) {
  if (!options.generate_completion.empty()) {
    if (options.generate_completion != "bash") {
      session.problem("--generate-completion " + options.generate_completion + ": only bash is known", kWrongCall);
    } else {
      session.out.raw(bash_completion(app));
    }
    return session.exit_code;
  }
  if (options.generate_man) {
    session.out.raw(manual_page(app));
    return session.exit_code;
  }
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    session.problem("which command? `looptape --help` lists them", kWrongCall);
    return session.exit_code;
  }
  const std::string name = chosen.front()->get_name();
  if (name == "ps") return run_ps(options.ps, session);
  if (name == "dump") return run_dump_command(options, session);
  if (name == "recover") return run_recover(options.recover, session);
  if (name == "info") return run_info(options.info, session);
  if (name == "show") return run_show(options.show, session);
  if (name == "requests") {
    if (understand(options.filter, "requests", session, options.requests.filter))
      run_requests(options.requests, session);
    return session.exit_code;
  }
  if (understand(options.filter, "stages", session, options.stages.filter)) run_stages(options.stages, session);
  return session.exit_code;
}

// A name of an option is cut at the first line: what was wrong, not the whole help.
std::string first_line(std::string text) {
  text.erase(std::min(text.find('\n'), text.size()));
  return text;
}

int parse_and_run(int argc, const char* const* argv, Session& session, Pager& pager) {
  CLI::App app;
  CommandOptions options;
  define_commands(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    session.out.raw(app.help());
    return kFine;
  } catch (const CLI::CallForAllHelp&) {
    session.out.raw(app.help("", CLI::AppFormatMode::All));
    return kFine;
  } catch (const CLI::CallForVersion&) {
    session.out.raw("looptape " LOOPTAPE_VERSION_TEXT "\n");
    return kFine;
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    const std::string name = chosen.empty() ? "looptape" : "looptape " + chosen.front()->get_name();
    session.problem(first_line(error.what()) + "; see `" + name + " --help`", kWrongCall);
    return session.exit_code;
  }
  session.json = options.json;
  if (options.pager && !pager.start()) session.problem("--pager: the pager could not be started; see $PAGER");
  return dispatch(app, options, session);
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  Session session;
  Pager pager;
  session.now_wall_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  int code = kDataProblem;
  try {
    code = parse_and_run(argc, argv, session, pager);
  } catch (const std::bad_alloc&) {
    session.problem("not enough memory for what was to be read; name fewer sources");
  } catch (const std::exception& error) {
    session.problem(std::string("stopped by an error of its own: ") + error.what());
  }
  if (!session.out.flush()) {
    session.problem("cannot write all of the output; is the disk full or the pipe closed?");
    code = kDataProblem;
  }
  session.err.flush();
  return code > session.exit_code ? code : session.exit_code;
}

}  // namespace looptape::tools
