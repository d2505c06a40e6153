// What a recorder is told at its start: plain data, the same where the probes are compiled to nothing.
//
// Owns its texts; for one thread at a time, like any value.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace looptape {

enum class ClockSource { automatic, counter, monotonic };  // automatic: the counter where it is invariant
enum class UserIds { hashed, plain, dropped };             // hashed: keyed, the key stays in the output directory

// Requests of a kind slower than the limit cause a dump.  An empty kind stands for every kind without its own.  A kind
// has one limit: a second one is a setting out of range.
struct SlowLimit {
  std::string kind = {};
  std::chrono::nanoseconds limit = {};
};

// Ranges are checked; an error names the setting, its value and the range, and nothing is recorded.  What counts: the
// environment (LOOPTAPE_BUDGET_BYTES, …; see README) before the file that LOOPTAPE_SETTINGS names, this before the
// program's values, these before the defaults.  From outside everything but `say` can be set.
struct Settings {
  // Required, no default: 1 to 63 letters, digits, '.', '_', '-', not beginning with '.'.
  std::string service = {};
  // Of the application: any text.  Default: none.
  std::string version = {};
  // Output: any path; relative ones count from where the process is when the recorder starts.
  // Default: ${LOOPTAPE_DIR:-${XDG_STATE_HOME:-~/.local/state}/looptape}.
  std::string directory = {};
  // Of the shared memory: any path, as above.  Default: /dev/shm.
  std::string region_directory = {};
  // Of shared memory, all in all: 4 MiB to 16 GiB.  As much again of private memory is kept for the copy that a dump
  // takes.  Default: 48 MiB.
  std::size_t budget_bytes = std::size_t{48} << 20;
  // Promised, as far as the budget reaches: 1 ms to 24 h.  Default: 10 s.
  std::chrono::nanoseconds window = std::chrono::seconds(10);
  // Threads recorded at the same time: 1 to 4096.  Default: 512.
  unsigned max_threads = 512;
  // Requests visible while they run: 1 to 65000.  Default: 1024.
  unsigned max_in_flight = 1024;
  // automatic, counter or monotonic.  Default: automatic.
  ClockSource clock = ClockSource::automatic;
  // hashed, plain or dropped.  Default: hashed, with a key that is kept as user.key where dumps go; where the system
  // gives no random bytes for one they are dropped, and Recorder::problem() says so.
  UserIds user_ids = UserIds::hashed;
  // Asks for a dump: 0 (none), SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGRTMIN to SIGRTMAX.  Default (-1): SIGUSR2.
  int signal = -1;
  // Limits of 1 ns to 365 d.  Default: none, no dump for slowness.
  std::vector<SlowLimit> slow = {};
  // From the trigger to the snapshot: 0 to 10 min, and at most the window.  Default: 200 ms.
  std::chrono::nanoseconds delay = std::chrono::milliseconds(200);
  // Between dumps, whatever the trigger: 0 to 24 h.  Default: 30 s.
  std::chrono::nanoseconds cooldown = std::chrono::seconds(30);
  // All tapes of this service: 0 (no limit) or 1 MiB to 1 PiB.  Default: 1 GiB.
  std::size_t disk_bytes = std::size_t{1} << 30;
  // The number of them: 1 to 1000000.  Default: 100.
  unsigned disk_files = 100;
  // Older tapes go: 0 (no limit) to 3660 d.  Default: 14 d.
  std::chrono::seconds disk_age = std::chrono::hours(24 * 14);
  // Never dump below this much free space: 0 to 1 PiB.  Default: 256 MiB.
  std::size_t disk_free_floor = std::size_t{256} << 20;
  // Whether the end of the recorder is a dump.  Default: no.
  bool dump_at_exit = false;
  // Any problem at start (shared memory, directory, thread, signal, names of limits): record nothing, recording() is
  // false, and problem() says that strict is why.  Otherwise what can be had is recorded, and problem() says what is
  // missing.  Settings out of range or not understood record nothing either way.  Default: no.
  bool strict = false;
  // Told once of each problem, in one line that can be printed.  On the thread that starts the recorder and on the
  // recorder's own, one call at a time; must not throw, wait for a dump or destroy the recorder.  Default: one line on
  // stderr.
  std::function<void(std::string_view)> say = {};
};

}  // namespace looptape
