// A page of memory that says why a process does not record, for whoever looks at it from outside.
//
// publish/withdraw: the recorder's start and stop, ordinary threads; does I/O.  The page is the header of a region and
// nothing else, in anonymous memory that is found as volatile regions are (through /proc/PID/fd); it ends with the
// process.  Best effort: where it cannot be had, nothing is shown.
#pragma once

#include <string>
#include <string_view>

namespace looptape::core {

class UnrecordedNotice {
 public:
  UnrecordedNotice() = default;
  ~UnrecordedNotice() { withdraw(); }
  UnrecordedNotice(const UnrecordedNotice&) = delete;
  UnrecordedNotice& operator=(const UnrecordedNotice&) = delete;

  // False: it cannot be had.  An earlier one of this object is replaced.
  bool publish(const std::string& service, std::string_view why);
  // In a forked child: forgets it, as fork() has closed it there.
  void withdraw();

 private:
  int descriptor_ = -1;
  int owner_ = 0;  // process id
};

}  // namespace looptape::core
