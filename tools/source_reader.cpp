// Reads what SOURCE arguments name, part by part; see the header.
#include "tools/source_reader.h"

#include <algorithm>
#include <tuple>

#include "dump/assembler.h"
#include "dump/damage_tally.h"
#include "dump/region_reader.h"
#include "dump/tape_reader.h"
#include "tools/format.h"
#include "tools/region_lookup.h"

namespace looptape::tools {
namespace {

// Which of the sources is being read, for whoever waits.
struct Place {
  Progress& progress;
  std::string what;
  std::size_t number, total;
  void show() { progress.step(what, number, total); }
};

// Passes a recording on, shows that it goes on, and keeps the first damage for the message.
class Listening final : public dump::Sink {
 public:
  Listening(dump::Sink& sink, Place& place) : sink_(sink), place_(place) {}
  void opening(const dump::Opening& opening) override {
    sink_.opening(opening);
    opened_ = true;
  }
  void block(const dump::Block& block) override {
    sink_.block(block);
    place_.show();
  }
  void closing(const dump::Closing& closing) override { sink_.closing(closing); }
  void damage(const dump::Damage& damage) override {
    tally_.add(damage);
    sink_.damage(damage);
  }
  bool opened() const { return opened_; }
  // "damaged at byte 4096: …; what is whole is shown"; empty: it is not.
  std::string text() const {
    const std::string text = tally_.text();
    return text.empty() ? text : text + "; what is whole is shown";
  }

 private:
  dump::Sink& sink_;
  Place& place_;
  dump::DamageTally tally_;
  bool opened_ = false;
};

// Messages of readers name the file when it was the system that refused.
std::string about(const Source& source, const std::string& text) {
  return text.find(source.path) != std::string::npos ? text : source.shown + ": " + text;
}

std::string advice(dump::TapeResult::Status status) {
  switch (status) {
    case dump::TapeResult::Status::kNotATape:
      return "; `looptape ps` lists what is being recorded";
    case dump::TapeResult::Status::kNewerMajor:
      return "; read it with a newer looptape";
    default:
      return {};
  }
}

bool read_tape_file(const Source& source, dump::Sink& sink, Place& place, Session& session) {
  dump::FileSource file;
  if (const dump::IoError error = file.open(source.path)) {
    session.problem(about(source, error.what));
    return false;
  }
  Listening listening(sink, place);
  const dump::TapeResult result = dump::read_tape(file, listening);
  if (!result.ok()) {
    session.problem(about(source, result.error) + advice(result.status));
    return false;
  }
  if (const std::string damage = listening.text(); !damage.empty()) session.problem(source.shown + ": " + damage);
  if (result.newer_minor) {
    session.remark(source.shown + ": made by a newer looptape (" + std::to_string(result.major) + "." +
                   std::to_string(result.minor) + "); what this one knows of it is shown");
  }
  return listening.opened();
}

bool read_region(const Source& source, dump::Sink& sink, Place& place, Session& session) {
  RegionFound region;
  if (source.kind == Source::Kind::kProcess) {
    std::string problem = find_region(source.pid, &region);
    if (!problem.empty()) {
      session.problem(problem);
      return false;
    }
  } else {
    region.path = source.path;
  }
  dump::RegionReader reader;
  dump::RegionCopy copy;
  dump::RegionError error = reader.open(region.path);
  if (!error) error = reader.read(&copy);
  if (error) {
    session.problem(source.shown + ": " + error.text);
    return false;
  }
  dump::Trigger trigger;
  trigger.kind = dump::TriggerKind::kOutside;
  trigger.name = "read";
  Listening listening(sink, place);
  dump::assemble(copy, trigger, listening);
  const std::uint64_t layout = copy.word(core::header::kVersion), minor = layout & 0xffff'ffffu;
  if (minor > core::kLayoutMinor) {
    session.remark(source.shown + ": recorded by a newer looptape (layout " + std::to_string(layout >> 32) + "." +
                   std::to_string(minor) + "); what this one knows of it is shown");
  }
  if (const std::string damage = listening.text(); !damage.empty()) session.problem(source.shown + ": " + damage);
  return listening.opened();
}

// What has to be known of a source before it is read: which process it is of, and when it was taken.
struct Planned {
  Source source;
  bool known = false;
  dump::Process process;
};

class Peeking final : public dump::Sink {
 public:
  explicit Peeking(Planned& planned) : planned_(planned) {}
  void opening(const dump::Opening& opening) override {
    planned_.process = opening.process;
    planned_.known = true;
  }
  void block(const dump::Block&) override {}
  void closing(const dump::Closing&) override {}

 private:
  Planned& planned_;
};

// What cannot be read says so when its turn comes.
Planned planned(const Source& source) {
  Planned result{source, false, {}};
  if (source.kind == Source::Kind::kTape) {
    dump::FileSource file;
    if (file.open(source.path)) return result;
    Peeking peeking(result);
    dump::read_tape_opening(file, peeking);
    return result;
  }
  RegionFound region{source.path, {}};
  if (source.kind == Source::Kind::kProcess && !find_region(source.pid, &region).empty()) return result;
  dump::RegionReader reader;
  if (reader.open(region.path)) return result;
  dump::RegionCopy header;
  header.header = reader.header();
  result.process = dump::process_of(header);
  // A region is the last state of its process: whatever its tapes say, it comes after them.
  result.process.snapshot_tick = ~std::uint64_t{0};
  result.known = true;
  return result;
}

bool same_process(const Planned& a, const Planned& b) {
  return a.known && b.known && a.process.token == b.process.token && a.process.pid == b.process.pid;
}

// Process by process in the order of their starts, each in the order of its snapshots; what is not known comes first.
std::vector<Planned> plan(const std::vector<Source>& sources, Progress& progress) {
  std::vector<Planned> result;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    progress.step("looking at " + sources[i].shown, i + 1, sources.size());
    result.push_back(planned(sources[i]));
  }
  std::stable_sort(result.begin(), result.end(), [](const Planned& a, const Planned& b) {
    const auto key = [](const Planned& p) {
      return std::tuple(p.process.first.wall_ns, p.process.pid, p.process.token, p.process.snapshot_tick);
    };
    return a.known != b.known ? b.known : a.known && key(a) < key(b);
  });
  return result;
}

}  // namespace

bool read_sources(const std::vector<std::string>& arguments, TraceSet& set, Session& session, const TakeTrace& take) {
  const Sources sources = resolve_sources(arguments);
  for (const std::string& misuse : sources.misuses) session.problem(misuse, kWrongCall);
  if (!sources.misuses.empty()) return false;
  for (const std::string& problem : sources.problems) session.problem(problem);
  bool any = false;
  Progress& progress = session.progress;
  const TakeTrace take_shown = [&](const auto& trace) {
    progress.step("going through " + plural(trace->requests().size(), "request") + " of " + trace->process().service);
    take(trace);
  };
  const std::vector<Planned> order = plan(sources.found, progress);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Source& source = order[i].source;
    Place place{progress, "reading " + source.shown, i + 1, order.size()};
    place.show();
    set.set_source(source.shown);
    const bool read = source.kind == Source::Kind::kTape ? read_tape_file(source, set, place, session)
                                                         : read_region(source, set, place, session);
    any = any || read;
    const bool more = i + 1 < order.size() && same_process(order[i], order[i + 1]);
    if (more && !read) continue;
    progress.step("sorting what was read of " + source.shown, i + 1, order.size());
    if (more) {
      set.pass_settled(take_shown);
    } else {
      set.pass_rest(take_shown);
    }
  }
  return any;
}

}  // namespace looptape::tools
