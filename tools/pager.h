// Shows what goes to stdout through the user's pager.
//
// One thread; before anything was written.  $PAGER is a command line of the user's own, run by the shell; without one,
// `less -FRX`.  Does nothing when stdout is not a terminal.
#pragma once

#include <sys/types.h>

namespace looptape::tools {

class Pager {
 public:
  Pager() = default;
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;
  ~Pager() { finish(); }

  // From now on stdout is the pager's input.  False: it could not be started, and stdout is as it was.
  bool start();
  // Sends the end and waits until the reader has seen enough.
  void finish();

 private:
  pid_t pid_ = -1;
};

}  // namespace looptape::tools
