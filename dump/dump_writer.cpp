// From a copy of a region to a durable tape: see dump_writer.h.
#include "dump/dump_writer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "dump/assembler.h"
#include "dump/damage_tally.h"
#include "dump/disk_budget.h"
#include "dump/durable_file.h"
#include "dump/tape_name.h"
#include "dump/tape_writer.h"

namespace looptape::dump {
namespace {

// What a tape of this copy may need: columns of a plain stage are smaller than its record, the first and last messages
// come on top.
std::uint64_t expected_bytes(const RegionCopy& copy) {
  return copy.chunks.copied_bytes() + copy.names.size() * 64 + (std::uint64_t{64} << 10);
}

DumpOutcome failed(std::string error) {
  DumpOutcome outcome;
  outcome.error = std::move(error);
  return outcome;
}

DiskLimits limits_of(const DumpWriterSettings& settings) {
  DiskLimits limits;
  limits.bytes = settings.max_bytes;
  limits.files = settings.max_files;
  limits.age_seconds = settings.max_age_seconds;
  limits.free_floor = settings.free_floor;
  return limits;
}

// Without what writers that died had begun.
std::uint64_t dumps_removed(const DiskState& state) {
  return static_cast<std::uint64_t>(std::count_if(state.removed.begin(), state.removed.end(), [](const Removal& one) {
    return one.reason != RemovalReason::kAbandoned;
  }));
}

// The first name after number `*last` that no file has; `*last` becomes its number.
std::string free_name(OutputDirectory& directory, TapeName wanted, std::uint64_t* last) {
  struct stat status;
  std::string name;
  do {
    wanted.n = ++*last;
    name = tape_file_name(wanted);
  } while (directory.calls().fstatat(directory.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0);
  return name;
}

// Hands a recording on to a tape and keeps what is said of its damage.
class Watched final : public Sink {
 public:
  explicit Watched(TapeWriter& writer) : writer_(writer) {}
  void opening(const Opening& opening) override { writer_.opening(opening); }
  void block(const Block& block) override { writer_.block(block); }
  void closing(const Closing& closing) override { writer_.closing(closing); }
  void damage(const Damage& damage) override { tally_.add(damage); }
  std::string damage_text() const { return tally_.text(); }

 private:
  TapeWriter& writer_;
  DamageTally tally_;
};

}  // namespace

DumpOutcome DumpWriter::write(const RegionCopy& copy, const Trigger& trigger) {
  if (settings_.directory.empty()) return failed("there is no directory for dumps");
  OutputDirectory directory;
  if (const IoError error = directory.open(settings_.directory)) return failed(error.what);
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  const DiskState before = enforce_disk_limits(directory, limits_of(settings_), expected_bytes(copy), now);
  if (!before.room) {
    DumpOutcome outcome = failed(before.error ? before.error.what : "no room in " + settings_.directory);
    outcome.refused = true;
    return outcome;
  }

  const Process process = process_of(copy);
  DurableFile file(directory);
  std::string name;
  for (IoError error{EEXIST, {}}; error;) {
    // Another writer for the same process within this second may have taken the name.
    if (error.code != EEXIST) return failed(error.what);
    name = free_name(directory, {now, process.host, process.pid, 0, trigger.name}, &written_);
    error = file.create(name, before.most_bytes);
  }
  TapeWriter writer(file);
  Watched watched(writer);
  assemble(copy, trigger, watched);
  if (!writer.finished())
    return failed(writer.error() ? writer.error().what : "the tape " + name + " could not be finished");
  DumpOutcome outcome;
  outcome.removed = dumps_removed(before);
  outcome.damage = watched.damage_text();
  const IoError error = file.commit();
  if (error) outcome.error = error.what;
  if (file.committed()) outcome.path = settings_.directory + "/" + name;
  if (!error) outcome.removed += dumps_removed(enforce_disk_limits(directory, limits_of(settings_), 0, now));
  return outcome;
}

}  // namespace looptape::dump
