// Waits for SIGTERM or SIGINT on a thread of its own and then calls a function there.
//
// Make it in `main` before any other thread, so that all of them inherit the blocked signals. No
// signal handler is installed. The destructor ends the wait.

#pragma once

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <functional>
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
  }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  ~StopSignal() {
    if (!waiter_.joinable()) return;
    closing_ = true;
    pthread_kill(waiter_.native_handle(), SIGTERM);
    waiter_.join();
  }

  // Call once, before what `stop` stops begins.
  void call(std::function<void()> stop) {
    waiter_ = std::thread([this, stop = std::move(stop)] {
      int signal = 0;
      sigwait(&signals_, &signal);
      if (!closing_) stop();
    });
  }

 private:
  sigset_t signals_{};
  std::atomic<bool> closing_{false};
  std::thread waiter_;
};

}  // namespace looptape::tools::demo
