// The recorder: the one place where core, dump and probes are put together (see looptape/recorder.h).
#include "looptape/recorder.h"

#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <optional>

#include "core/clock.h"
#include "core/engine.h"
#include "core/names.h"
#include "core/unrecorded_notice.h"
#include "core/visible_text.h"
#include "dump/dump_writer.h"
#include "dump/output_place.h"
#include "dump/recorder_thread.h"
#include "dump/recover.h"
#include "looptape/core/request.h"
#include "looptape/core/site.h"
#include "probes/settings_resolve.h"
#include "probes/trigger_signal.h"
#include "probes/user_key.h"

namespace looptape {
namespace {

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return {};
  return name;
}

core::UserIdPolicy user_policy(UserIds wanted) {
  switch (wanted) {
    case UserIds::plain:
      return core::UserIdPolicy::kPlain;
    case UserIds::dropped:
      return core::UserIdPolicy::kDropped;
    case UserIds::hashed:
      break;
  }
  return core::UserIdPolicy::kHashed;
}

// Paths, names and values are somebody else's, and the line may end on a terminal.
std::string one_line(std::string_view text) {
  constexpr std::size_t kLineBytes = 4096;
  return core::excerpt(text, kLineBytes);
}

}  // namespace

class Recorder::Implementation {
 public:
  explicit Implementation(Settings settings) : given_(std::move(settings)) { start_whole(); }
  ~Implementation() { stop(); }

  bool recording() const { return engine_ != nullptr && core::Engine::current_here() == engine_ && !engine_->paused(); }
  const std::string& problem() const { return engine_ != nullptr && !engine_->region.here() ? in_child_ : problem_; }
  const std::string& region_path() const { return region_path_; }
  const std::string& directory() const { return directory_; }

  void dump(std::string_view reason) noexcept {
    if (engine_ == nullptr) return;
    core::post_dump(core::TriggerKind::kCall, core::register_name(reason, Kind::other), 0, 0, 0);
  }

  std::string dump_and_wait(std::string_view reason, std::string* error) {
    std::string none;
    std::string& why = error != nullptr ? *error : none;
    if (engine_ == nullptr || !thread_ || core::Engine::current_here() != engine_) {
      why = problem_.empty() ? "nothing is being recorded" : problem_;
      return {};
    }
    core::TriggerPost post;
    post.tick = engine_->now();
    post.name = core::register_name(reason, Kind::other);
    post.kind = core::TriggerKind::kCall;
    const dump::DumpOutcome outcome = thread_->dump_and_wait(post);
    why = one_line(outcome.error);
    return outcome.path;
  }

  void pause() noexcept {
    switch_recording([this] { engine_->pause(); }, core::RegionState::kPaused);
  }
  void resume() noexcept {
    switch_recording([this] { engine_->resume(); }, core::RegionState::kRecording);
  }

  bool restart() {
    if (engine_ == nullptr || engine_->region.here()) {
      const char* const why = engine_ == nullptr ? "restart(): the parent of this process did not record"
                                                 : "restart() is for a forked child";
      if (problem_.find(why) == std::string::npos) add_problem(why);
      return false;
    }
    // Everything of the parent's is left as it is: its thread does not exist here, its region is not mapped.
    if (thread_) thread_->abandon();
    thread_.release();     // NOLINT: its mutex may have been held by another thread at the fork
    say_mutex_.release();  // NOLINT: and so may this one
    say_mutex_ = std::make_unique<std::mutex>();
    switch_mutex_.release();  // NOLINT: and this one
    switch_mutex_ = std::make_unique<std::mutex>();
    engine_ = nullptr;
    owner_ = false;
    problem_.clear();
    said_.clear();
    region_path_.clear();
    core::leave_recorders_place();
    start_whole();
    return recording();
  }

 private:
  // Of what is thrown (no memory) nothing stays behind.
  void start_whole() {
    try {
      start();
    } catch (...) {
      thread_.reset();  // before stop(): nothing is worth a dump at the exit
      stop();
      throw;
    }
  }
  void start();
  void stop();
  void give_up_start(const std::string& why);
  void dump_at_exit() noexcept;
  bool start_engine(const Settings& settings);
  void start_thread(const Settings& settings);
  void set_limits(const Settings& settings);
  void recover_dead_regions();
  // Says why nothing is recorded, to the program and to whoever looks at the process from outside.
  void stay_unrecorded(const std::string& why);

  // The region tells what the engine does: of two threads that switch at the same time, one after the other.
  template <class Switch>
  void switch_recording(const Switch& change, core::RegionState state) noexcept {
    if (engine_ == nullptr || core::Engine::current_here() != engine_) return;
    const std::lock_guard lock(*switch_mutex_);
    change();
    engine_->region.set_state(state);
  }
  void say(const std::string& raw) {
    const std::string text = one_line(raw);
    const std::lock_guard lock(*say_mutex_);
    if (given_.say) {
      given_.say(text);
    } else {
      const std::string line = "looptape: " + text + "\n";
      std::fwrite(line.data(), 1, line.size(), stderr);
    }
  }
  void add_problem(const std::string& text) { problem_ = one_line(problem_ + (problem_.empty() ? "" : "; ") + text); }
  // What stood in problem_ is said, once.
  void say_problem() {
    if (problem_.empty() || problem_ == said_) return;
    said_ = problem_;
    say(problem_);
  }

  Settings given_;
  std::optional<Settings> used_;
  std::string problem_, said_, region_path_, directory_;
  const std::string in_child_ = "nothing is recorded in this forked child until restart()";
  core::Engine* engine_ = nullptr;
  std::unique_ptr<std::mutex> say_mutex_ = std::make_unique<std::mutex>();
  std::unique_ptr<std::mutex> switch_mutex_ = std::make_unique<std::mutex>();
  std::unique_ptr<dump::DumpWriter> writer_;
  std::unique_ptr<dump::RecorderThread> thread_;  // after what it uses
  core::UnrecordedNotice notice_;
  bool owner_ = false;
};

void Recorder::Implementation::stay_unrecorded(const std::string& why) {
  notice_.publish(used_->service, why);  // before problem_ changes, which `why` may be
  problem_ = one_line("nothing is recorded: " + why);
  say_problem();
}

void Recorder::Implementation::give_up_start(const std::string& why) {
  thread_.reset();  // before stop(): nothing is worth a dump at the exit
  stop();
  region_path_.clear();
  stay_unrecorded(why);
}

void Recorder::Implementation::start() {
  ResolvedSettings resolved = resolve_settings(given_);
  used_ = resolved.settings;
  const Settings& settings = *used_;
  notice_.withdraw();
  if (resolved.off) {
    problem_ = "recording is off (LOOPTAPE_OFF)";
    notice_.publish(settings.service, problem_);
    return;  // asked for: not worth a line
  }
  for (const std::string& remark : resolved.remarks) say(remark);
  for (const std::string& problem : resolved.problems) add_problem(problem);
  if (!resolved.problems.empty()) return stay_unrecorded(problem_);
  if (!core::take_recorders_place()) {
    problem_ = "nothing is recorded: this process has a recorder already";
    return say_problem();  // the process is recorded: no notice
  }
  owner_ = true;
  std::string problem;
  directory_ = dump::output_place(settings.directory, settings.service, &problem);
  if (!problem.empty()) add_problem(problem);
  const auto refused = [&] { return settings.strict && !problem_.empty(); };
  // Problems tell what a recording would lack.  There is none: not for that, but because strict wants none like it.
  const auto refuse = [&] {
    give_up_start("strict is set; mend what follows, or unset strict to record with it: " + problem_);
  };
  if (refused()) return refuse();
  if (!start_engine(settings)) return give_up_start(problem_);
  if (refused()) return refuse();
  set_limits(settings);
  if (refused()) return refuse();
  start_thread(settings);
  if (refused()) return refuse();
  engine_->region.set_notice(problem_);
  say_problem();
}

bool Recorder::Implementation::start_engine(const Settings& settings) {
  core::EngineSettings engine;
  engine.region.service = settings.service;
  engine.region.version = settings.version;
  engine.region.host = host_name();
  engine.region.directory = settings.region_directory;
  engine.region.budget_bytes = settings.budget_bytes;
  engine.region.window_ns = static_cast<std::uint64_t>(settings.window.count());
  engine.region.max_threads = settings.max_threads;
  engine.region.max_in_flight = settings.max_in_flight;
  // The counter of a CPU that does not promise its rate is no clock, unless it was asked for by name.
  engine.region.clock_fell_back = settings.clock == ClockSource::automatic && !core::counter_is_invariant();
  engine.region.clock = settings.clock == ClockSource::monotonic || engine.region.clock_fell_back
                            ? core::ClockKind::kMonotonic
                            : core::ClockKind::kTsc;
  engine.user_ids = user_policy(settings.user_ids);
  std::string problem;
  if (engine.user_ids == core::UserIdPolicy::kHashed) {
    const auto key = user_key(directory_, &problem);
    if (key) engine.user_key = *key;
    if (!key) engine.user_ids = core::UserIdPolicy::kDropped;  // a key that can be guessed hides nothing
  }
  if (!problem.empty()) add_problem(problem);
  problem.clear();
  engine_ = core::Engine::start(engine, &problem);
  if (engine_ == nullptr) problem_.clear();  // what else it would have lacked is no reason
  if (!problem.empty()) add_problem(problem);
  if (engine_ != nullptr) region_path_ = engine_->region.path();
  return engine_ != nullptr;
}

void Recorder::Implementation::set_limits(const Settings& settings) {
  for (const SlowLimit& slow : settings.slow) {
    const std::uint16_t kind = slow.kind.empty() ? core::kNoName : core::register_name(slow.kind, Kind::request);
    if (kind == core::kNoName && !slow.kind.empty()) {
      add_problem("no dump for slow requests of kind " + slow.kind + ": the table of names is full");
      continue;  // this number stands for all kinds
    }
    engine_->set_slow_limit(kind, static_cast<std::uint64_t>(slow.limit.count()));
  }
}

void Recorder::Implementation::start_thread(const Settings& settings) {
  dump::DumpWriterSettings files;
  files.directory = directory_;
  files.max_bytes = settings.disk_bytes;
  files.max_files = settings.disk_files;
  files.max_age_seconds = static_cast<std::uint64_t>(settings.disk_age.count());
  files.free_floor = settings.disk_free_floor;
  writer_ = std::make_unique<dump::DumpWriter>(files);
  dump::RecorderThread::Settings thread;
  thread.policy.delay_ns = static_cast<std::uint64_t>(settings.delay.count());
  thread.policy.cooldown_ns = static_cast<std::uint64_t>(settings.cooldown.count());
  thread.write = [this](const dump::RegionCopy& copy, const dump::Trigger& trigger) {
    return writer_->write(copy, trigger);
  };
  thread.at_start = [this] { recover_dead_regions(); };
  thread.say = [this](const std::string& text) { say(text); };
  thread_ = std::make_unique<dump::RecorderThread>(*engine_, std::move(thread));
  std::string problem;
  if (!install_trigger_signal(settings.signal, &problem)) add_problem(problem);
  if (settings.strict && !problem_.empty()) return;  // before the thread: what dead processes left stays for the next
  if (!thread_->start()) {
    thread_.reset();
    remove_trigger_signal(LateSignal::kNone);
    add_problem("no dumps will be written: the system refused a thread");
  }
}

// What dead processes of this service left becomes dumps.  Runs on the recorder's thread.
void Recorder::Implementation::recover_dead_regions() {
  dump::RecoverySettings wanted;
  wanted.search.shared_memory = used_->region_directory;
  wanted.search.service = used_->service;
  const dump::Recovery recovery = dump::recover_dead_regions(
      wanted,
      [this](const dump::RegionCopy& copy, const dump::Trigger& trigger) { return writer_->write(copy, trigger); });
  for (const dump::RegionRecovery& region : recovery.regions) {
    if (region.result == dump::RecoveryResult::kFailed)
      say("the region of a dead process stays, it could not be dumped: " + region.region + ": " + region.error);
  }
  for (const std::string& path : recovery.removed)
    say("the region of a dead process was removed without a dump, there were too many: " + path);
}

// For want of memory there is none, and the host goes on.
void Recorder::Implementation::dump_at_exit() noexcept {
  if (!used_ || !used_->dump_at_exit || !thread_) return;
  try {
    dump_and_wait("exit", nullptr);
  } catch (...) {
    engine_->region.header(core::header::kDumpsFailed).fetch_add(1, std::memory_order_relaxed);  // a counter
  }
}

void Recorder::Implementation::stop() {
  if (engine_ != nullptr && engine_->region.here()) {
    remove_trigger_signal(LateSignal::kExpected);
    dump_at_exit();
    thread_.reset();
    engine_->stop(true);
  } else if (thread_) {
    thread_->abandon();  // a forked child: nothing of this is ours
    thread_.release();   // NOLINT: its mutex may have been held by another thread at the fork
  }
  engine_ = nullptr;
  if (owner_) core::leave_recorders_place();
  owner_ = false;
}

Recorder::Recorder(Settings settings) : implementation_(std::make_unique<Implementation>(std::move(settings))) {}
Recorder::~Recorder() = default;
bool Recorder::recording() const noexcept { return implementation_->recording(); }
const std::string& Recorder::problem() const noexcept { return implementation_->problem(); }
const std::string& Recorder::region_path() const noexcept { return implementation_->region_path(); }
const std::string& Recorder::directory() const noexcept { return implementation_->directory(); }
void Recorder::dump(std::string_view reason) noexcept { implementation_->dump(reason); }
std::string Recorder::dump_and_wait(std::string_view reason, std::string* error) {
  return implementation_->dump_and_wait(reason, error);
}
void Recorder::pause() noexcept { implementation_->pause(); }
void Recorder::resume() noexcept { implementation_->resume(); }
bool Recorder::restart() { return implementation_->restart(); }

}  // namespace looptape
