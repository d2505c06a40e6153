// The command line of `looptape`: parsing and dispatch; see the header.
#include "tools/command_line.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>

#include "tools/command_definitions.h"
#include "tools/completion_scripts.h"
#include "tools/format.h"
#include "tools/manual_page.h"
#include "tools/near_match.h"
#include "tools/pager.h"
#include "tools/session.h"
#include "tools/source.h"
#include "tools/time_window.h"

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
    if (const std::string wrong = impossible_value(*condition); !wrong.empty()) {
      session.problem(name + ": --where " + text + ": " + wrong, kWrongCall);
      return false;
    }
    filter.conditions.push_back(*condition);
  }
  TimeWindow window;
  if (const std::string wrong = parse_window(texts.since, texts.until, session.now_wall_ns, window); !wrong.empty()) {
    session.problem(name + ": " + wrong, kWrongCall);
    return false;
  }
  filter.since_wall_ns = window.since_ns;
  filter.until_wall_ns = window.until_ns;
  return true;
}

int run_dump_command(CommandOptions& options, Session& session) {
  const auto pid = parse_process_id(options.dump_pid);
  if (!pid) {
    session.problem("dump: " + options.dump_pid + " is no process id; `looptape ps` lists the processes that record",
                    kWrongCall);
    return session.exit_code;
  }
  options.dump.pid = *pid;
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
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    session.problem("which command? `looptape --help` lists them", kWrongCall);
    return session.exit_code;
  }
  const std::string name = chosen.front()->get_name();
  if (name == "completion") {
    session.out.raw(options.shell == "bash"  ? bash_completion(app)
                    : options.shell == "zsh" ? zsh_completion(app)
                                             : fish_completion(app));
    return session.exit_code;
  }
  if (name == "man") {
    session.out.raw(manual_page(app));
    return session.exit_code;
  }
  if (name == "ps") return run_ps(session);
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

std::string command_names(const CLI::App& app) {
  std::string text;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
    text += (text.empty() ? "" : ", ") + each->get_name();
  return text;
}

// What nobody asked for: a command or an option that does not exist, or one argument too many.
std::string not_expected(const CLI::App& app, const CLI::App& command, const std::string& extra) {
  const bool option = extra.size() > 1 && extra.front() == '-';
  const bool no_command = &command == &app && !option;
  Nearest nearest;
  const std::size_t most = std::max<std::size_t>(1, extra.size() / 3);
  const auto offer = [&](const std::string& name) {
    const std::size_t distance = edit_distance(extra, name);
    if (distance <= most || name.starts_with(extra)) nearest.offer(distance, name);
  };
  if (no_command) {
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) offer(each->get_name());
  }
  if (option) {
    for (const CLI::Option* each : command.get_options()) {
      for (const std::string& name : each->get_lnames()) offer("--" + name);
    }
  }
  std::string text = no_command ? extra + " is no command" : option ? extra + " is no option" : extra + " is too much";
  if (const auto near = nearest.texts(); !near.empty()) return text + "; did you mean " + near.front() + "?";
  return no_command ? text + "; there are " + command_names(app) : text;
}

// What was wrong, and not the whole help that follows.
std::string first_line(std::string text) {
  text.erase(std::min(text.find('\n'), text.size()));
  return text;
}

int parse_and_run(int argc, const char* const* argv, Session& session, Pager& pager) {
  CLI::App app;
  CommandOptions options;
  constexpr std::size_t kHelpWidth = 100;  // longer lines are hard to read
  const std::size_t width = session.out.width();
  define_commands(app, options, width == 0 ? kHelpWidth : std::min(width, kHelpWidth));
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
    const CLI::App& command = chosen.empty() ? app : *chosen.front();
    const auto extras = command.remaining();
    const bool extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !extras.empty();
    session.problem(
        (extra ? not_expected(app, command, extras.front()) : first_line(error.what())) + "; see `" + name + " --help`",
        kWrongCall);
    return session.exit_code;
  }
  session.json = options.json;
  if (options.pager && !pager.start()) session.problem("--pager: the pager could not be started; see $PAGER");
  return dispatch(app, options, session);
}

}  // namespace

int run_command_line(int argc, const char* const* argv, Progress::Pace pace) {
  Session session(pace);
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
