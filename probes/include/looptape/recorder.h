// The recorder: made once in main, records as long as it lives.
//
// Constructed, destroyed and controlled from ordinary threads; construction allocates and does I/O, nothing on the
// request path does.  A recorder that cannot work never stops its host: it says why, once, and records nothing.
//
// It ends with the object.  std::exit() destroys none that is in main's scope: the region stays then, as after a kill,
// and the next start or `looptape recover --all` makes a dump of it.  Return from main, or keep the object static.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "looptape/core/export.h"
#include "looptape/settings.h"

namespace looptape {

class LOOPTAPE_API Recorder {
 public:
  // Starts recording.  One recorder at a time in a process: a second one records nothing and says so.  Allocates and
  // does I/O; what cannot be had is no exception (but for std::bad_alloc): see recording() and problem().
  [[nodiscard]] explicit Recorder(Settings settings);
  // Writes the dump that is due, or the last one if that is set, waits for it, and removes the region.  No other thread
  // may be in a call of this object; those that record go on, and record nothing.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // True while probes are recorded.
  bool recording() const noexcept;
  // Why nothing is recorded, or what was changed to be able to ("shared memory in /dev/shm has room for 16 MiB of
  // 64 MiB; …"); empty: all is well.  These three are valid until the object ends or restart() is called; any
  // thread meanwhile.
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
  // Allocates and does I/O, as the constructor does; after a std::bad_alloc nothing is recorded.
  bool restart();

 private:
  class LOOPTAPE_HIDDEN Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace looptape
