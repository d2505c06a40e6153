// `looptape dump PID`; see the header.
#include "tools/command_dump.h"

#include <nlohmann/json.hpp>

#include "dump/assembler.h"
#include "dump/region_reader.h"
#include "tools/coverage.h"
#include "tools/format.h"
#include "tools/json_report.h"
#include "tools/json_rows.h"
#include "tools/region_lookup.h"
#include "tools/service_directory.h"
#include "tools/trace_set.h"

namespace looptape::tools {
namespace {

// Ticks that are `ns` nanoseconds on the recording's clock.
std::uint64_t ticks_of(const dump::Process& process, std::int64_t ns) {
  const std::uint64_t ticks = process.last.tick - process.first.tick;
  const std::uint64_t elapsed = process.last.monotonic_ns - process.first.monotonic_ns;
  if (process.clock != core::ClockKind::kTsc || elapsed == 0 || process.last.tick <= process.first.tick) {
    return static_cast<std::uint64_t>(ns);
  }
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(ns) * ticks / elapsed);
}

// Leaves out the chunks that were closed before the last `ns`.  What they held counts as overwritten, and the
// copy says itself since when it is complete.
void keep_last(dump::RegionCopy& copy, std::int64_t ns) {
  const std::uint64_t ticks = ticks_of(dump::process_of(copy), ns);
  if (copy.snapshot_tick <= ticks) return;
  const std::uint64_t since = copy.snapshot_tick - ticks;
  copy.chunks.forget_if([&](std::span<const std::uint64_t> words) {
    return words.size() > core::chunk::kLast && words[core::chunk::kLast] != 0 && words[core::chunk::kLast] < since;
  });
}

void show(const std::string& path, std::uint64_t removed, const TraceSet& set, Session& session) {
  Coverage coverage = coverage_of(set);
  std::uint64_t stages = 0;
  for (const auto& trace : set.traces()) {
    const RequestViewer viewer(*trace);
    for (std::uint32_t i = 0; i < trace->requests().size(); ++i) count_request(coverage, viewer.head(i));
    for (const Recording& recording : trace->recordings()) stages += recording.closing.stages;
  }
  if (session.json) {
    JsonReport report(session.out, coverage_json(coverage));
    report.single({{"dump", json_text(path)},
                   {"requests", coverage.requests},
                   {"stages", stages},
                   {"older_dumps_removed", removed}});
    report.end();
    return;
  }
  session.out.line(
      {{path, Style::kStrong}, {": " + plural(coverage.requests, "request") + ", " + plural(stages, "stage")}});
  if (removed != 0)
    session.out.paragraph("removed the oldest " + plural(removed, "dump") +
                          " of the service, which its disk limits left no room for (LOOPTAPE_DISK_*)");
  session.out.paragraph(coverage_line(coverage), Style::kFaint);
}

}  // namespace

int run_dump(const DumpOptions& options, Session& session) {
  RegionFound region;
  if (const std::string problem = find_region(options.pid, &region); !problem.empty()) {
    session.problem(problem);
    return session.exit_code;
  }
  const std::string who = "process " + std::to_string(options.pid);
  if (region.dead) {
    session.problem(who + " has ended; `looptape recover " + region.path + "` makes a dump of what it left");
    return session.exit_code;
  }
  dump::RegionReader reader;
  dump::RegionCopy copy;
  session.progress.step("copying the region of " + who);
  dump::RegionError error = reader.open(region.path);
  if (!error) error = reader.read(&copy);
  if (error) {
    session.problem(who + ": " + error.text);
    return session.exit_code;
  }
  if (options.last_ns != 0) keep_last(copy, options.last_ns);
  dump::Trigger trigger;
  trigger.kind = dump::TriggerKind::kOutside;
  trigger.name = "outside";
  trigger.tick = copy.snapshot_tick;
  session.progress.step("writing the dump of " + who);
  const dump::DumpOutcome outcome =
      options.output.empty() ? write_service_dump(copy, trigger) : write_dump_as(options.output, copy, trigger);
  if (outcome.path.empty()) {
    session.problem("no dump of " + who + ": " + outcome.error);
    return session.exit_code;
  }
  if (!outcome.error.empty()) session.remark(outcome.path + ": " + outcome.error);
  if (!outcome.damage.empty()) session.problem(who + ": " + outcome.damage + "; what is whole is in the dump");
  session.progress.step("counting what the dump holds");
  TraceSet set;
  set.set_source(outcome.path);
  dump::assemble(copy, trigger, set);
  set.finish();
  show(outcome.path, outcome.removed, set, session);
  return session.exit_code;
}

}  // namespace looptape::tools
