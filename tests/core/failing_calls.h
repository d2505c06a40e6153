// System calls that fail, or kill the process, at the k-th of them.
//
// Link the target looptape_failing_calls: the linker then turns the calls that its CMakeLists.txt names, in whatever is
// linked statically, to functions that count them (`--wrap`).  What is dumped through dump::FileCalls has faults of its
// own; these reach everything else as well.
//
//   FailingCalls::arm({.at = 3, .error = EIO});
//   work();
//   FailingCalls::disarm();
//   if (!FailingCalls::struck()) ...               // there are fewer calls than that
#pragma once

namespace looptape::testing {

class FailingCalls {
 public:
  enum class Fault { kError, kKillBefore, kKillAfter };
  struct Plan {
    unsigned at = 0;  // which call, from 1; 0: none fails, all are counted
    int error = 0;    // its errno
    Fault fault = Fault::kError;
  };
  // From one thread, while no other makes such calls; those of all threads are counted until disarm().
  static void arm(const Plan& plan);
  static void disarm();
  // Since arm().
  static unsigned calls();
  static bool struck();
  static const char* what();  // the call that failed; "" = none

  // For the wrapped calls: true when this one has to fail; errno is set then.
  static bool strike(const char* name);
  static void after();  // dies, when this was the call to die after
};

// Descriptors of this process that are open: a call that failed must not leave one behind.
int open_descriptors();

}  // namespace looptape::testing
