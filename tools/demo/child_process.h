// A process that this one starts, hears the first line of, and ends.
//
// One thread at a time may use an object. The child gets no file descriptor of the parent but its
// standard ones. The destructor asks the child to end (SIGTERM) and waits for it.

#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "tools/demo/outcome.h"

namespace looptape::tools::demo {

class ChildProcess {
 public:
  struct Setting {
    std::string name;
    std::string value;
  };

  // Starts the program `arguments[0]` (a path) with this process's environment, less the variables
  // that begin with `without_prefix` (when it is not empty), and with those of `with`. Its stdout can be
  // read with `first_line`, or goes where this process's goes.
  static Outcome<ChildProcess> start(const std::vector<std::string>& arguments, bool read_stdout,
                                     const std::string& without_prefix = {}, const std::vector<Setting>& with = {});

  ChildProcess(ChildProcess&& other) noexcept { swap(other); }
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ChildProcess();

  pid_t pid() const { return pid_; }

  // The first line the child writes to stdout, without its end; empty when it ends without one.
  std::string first_line();

  // Everything it writes to stdout from here on, until it closes it.
  std::string all_output();

  // Its exit status as `waitpid` gives it, once it has ended by itself.
  int wait();

  // SIGTERM, then its exit status as `waitpid` gives it.
  int stop();

  bool running();

 private:
  ChildProcess() = default;
  void swap(ChildProcess& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(stdout_, other.stdout_);
    std::swap(status_, other.status_);
  }

  pid_t pid_ = -1;
  int stdout_ = -1;
  int status_ = 0;
};

// The directory this program's file lies in.
std::string own_directory();

}  // namespace looptape::tools::demo
