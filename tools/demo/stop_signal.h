// Waits for SIGTERM or SIGINT on a thread of its own and calls a function there; before there is one, the
// signal ends the process as it would without this.
//
// Make it in `main` before any other thread, so that all of them inherit the blocked signals. No
// signal handler is installed. The destructor ends the wait.

#pragma once

#include <pthread.h>

#include <csignal>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace looptape::tools::demo {

class StopSignal {
 public:
  StopSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    waiter_ = std::thread([this] { wait(); });
  }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  ~StopSignal() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    pthread_kill(waiter_.native_handle(), SIGTERM);
    waiter_.join();
  }

  // From here on a signal calls `stop`, once. With an empty one none is called, nor still running, when this returns:
  // what it stops can end.
  void call(std::function<void()> stop) {
    const std::lock_guard lock(mutex_);
    stop_ = std::move(stop);
  }

 private:
  void wait() {
    int signal = 0;
    sigwait(&signals_, &signal);
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    if (stop_) return stop_();
    std::signal(signal, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    std::raise(signal);
  }

  sigset_t signals_{};
  std::mutex mutex_;
  std::function<void()> stop_;  // guarded by mutex_
  bool closing_ = false;        // guarded by mutex_
  std::thread waiter_;
};

}  // namespace looptape::tools::demo
