// Reads what SOURCE arguments name into a TraceSet; see the header.
#include "tools/source_reader.h"

#include "dump/assembler.h"
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
    if (damages_++ == 0) first_ = damage;
    sink_.damage(damage);
  }
  bool opened() const { return opened_; }
  // "damaged at byte 4096: …; what is whole is shown"; empty: it is not.
  std::string text() const {
    if (damages_ == 0) return {};
    std::string text = "damaged at byte " + std::to_string(first_.offset) + ": " + first_.what;
    if (damages_ > 1) text += " (and " + plural(damages_ - 1, "more place") + ")";
    return text + "; what is whole is shown";
  }

 private:
  dump::Sink& sink_;
  Place& place_;
  dump::Damage first_;
  std::uint64_t damages_ = 0;
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
    session.err.line("looptape: " + source.shown + ": made by a newer looptape (" + std::to_string(result.major) + "." +
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
  if (const std::string damage = listening.text(); !damage.empty()) session.problem(source.shown + ": " + damage);
  return listening.opened();
}

}  // namespace

bool read_sources(const std::vector<std::string>& arguments, TraceSet& set, Session& session) {
  const Sources sources = resolve_sources(arguments);
  for (const std::string& misuse : sources.misuses) session.problem(misuse, kWrongCall);
  if (!sources.misuses.empty()) return false;
  for (const std::string& problem : sources.problems) session.problem(problem);
  bool any = false;
  {
    Progress progress(session.err);
    for (std::size_t i = 0; i < sources.found.size(); ++i) {
      const Source& source = sources.found[i];
      Place place{progress, "reading " + source.shown + ",", i + 1, sources.found.size()};
      place.show();
      set.set_source(source.shown);
      const bool read = source.kind == Source::Kind::kTape ? read_tape_file(source, set, place, session)
                                                           : read_region(source, set, place, session);
      any = any || read;
    }
  }
  if (any) set.finish();
  return any;
}

}  // namespace looptape::tools
