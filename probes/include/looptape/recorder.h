// The recorder: made once in main, records as long as it lives.
//
// Constructed, destroyed and controlled from ordinary threads; construction allocates and does I/O, nothing on the
// request path does.  A recorder that cannot work never stops its host: it says why, once, and records nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "looptape/core/export.h"

namespace looptape {

enum class ClockSource { automatic, counter, monotonic };  // automatic: the counter where it is invariant
enum class UserIds { hashed, plain, dropped };             // hashed: keyed, the key stays in the output directory

// Requests of a kind slower than the limit cause a dump.  An empty kind stands for every kind without its own.
struct SlowLimit {
  std::string kind = {};
  std::chrono::nanoseconds limit = {};
};

// Ranges are checked; an error names the setting, its value and the range.  Order of precedence: these defaults,
// then the program's values, then the environment (LOOPTAPE_BUDGET_BYTES, …; see README).
struct Settings {
  std::string service = {};  // required: letters, digits, '.', '_', '-'; at most 63
  std::string version = {};  // of the application
  // Output; default ${LOOPTAPE_DIR:-${XDG_STATE_HOME:-~/.local/state}/looptape}.  Relative ones count from where the
  // process is when the recorder starts.
  std::string directory = {};
  std::string region_directory = {};                           // shared memory; default /dev/shm
  std::size_t budget_bytes = std::size_t{48} << 20;            // of shared memory, all in all; 4 MiB … 16 GiB
  std::chrono::nanoseconds window = std::chrono::seconds(10);  // promised, as far as the budget reaches
  unsigned max_threads = 512;                                  // recorded at the same time; 1 … 4096
  unsigned max_in_flight = 1024;                               // requests visible while they run; 1 … 65000
  ClockSource clock = ClockSource::automatic;
  UserIds user_ids = UserIds::hashed;
  int signal = -1;                   // -1: SIGUSR2; 0: none; else SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH or a real-time one
  std::vector<SlowLimit> slow = {};  // no limit: no dump for slowness
  std::chrono::nanoseconds delay = std::chrono::milliseconds(200);  // from the trigger to the snapshot
  std::chrono::nanoseconds cooldown = std::chrono::seconds(30);     // between dumps, whatever the trigger; 0 … 1 day
  std::size_t disk_bytes = std::size_t{1} << 30;                    // all tapes of this service, 1 MiB …; 0: no limit
  unsigned disk_files = 100;
  std::chrono::seconds disk_age = std::chrono::hours(24 * 14);  // older tapes go; 0: no limit
  std::size_t disk_free_floor = std::size_t{256} << 20;         // never dump below this much free space
  bool dump_at_exit = false;
  bool strict = false;  // any problem at start: record nothing, recording() is false
  // Told once of each problem; default: one line on stderr.  On the thread that starts the recorder and on the
  // recorder's own, one call at a time; must not throw, wait for a dump or destroy the recorder.
  std::function<void(std::string_view)> say = {};
};

class LOOPTAPE_API Recorder {
 public:
  [[nodiscard]] explicit Recorder(Settings settings);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // True while probes are recorded.
  bool recording() const noexcept;
  // Why nothing is recorded, or what was changed to be able to ("shared memory: 64 MiB asked, 16 MiB had"); empty: all
  // is well.
  const std::string& problem() const noexcept;
  // Path of the region; empty when it is volatile or there is none.
  const std::string& region_path() const noexcept;
  // Where dumps go: in the settings' directory, or, when that is unsafe or cannot be used, where problem() says.
  const std::string& directory() const noexcept;

  // Asks for a dump and returns at once.  Thread-safe, async-signal-safe (a new reason is registered without a lock,
  // see site.h).  Subject to delay and cooldown.  Each distinct reason takes one of the 4096 names.
  void dump(std::string_view reason) noexcept;
  // Dumps now, without delay or cooldown, and waits for the file.  Returns its path; empty: there is none, and *error
  // says why.  A path with an *error: the file is whole, but whether it would survive a loss of power is not known.
  // Any thread but the recorder's own (from `say` it is refused); blocks, not for signal handlers.
  std::string dump_and_wait(std::string_view reason, std::string* error = nullptr);

  // Switches recording off and on.  Stages begun while on are finished either way.  Any thread; once pause() has
  // returned, a thread records at most what it had begun.
  void pause() noexcept;
  void resume() noexcept;
  // In a forked child: starts a recording of its own (the child is inert until then).  False: problem() says why.
  bool restart();

 private:
  class LOOPTAPE_HIDDEN Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace looptape
