// Says on a terminal's stderr what is going on, once the program has run for longer than a second.
//
// step(), clear() and what is written through Output: one thread.  A thread of its own, made at the first step on a
// terminal, shows a step that the other one is still busy with; it touches nothing but this object and stderr, and
// writes only while a step is under way.  Where stderr is no terminal nothing happens at all.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace looptape::tools {

class Output;

class Progress {
 public:
  struct Pace {
    std::chrono::milliseconds quiet{1000};   // from the beginning: what takes less is not worth a word
    std::chrono::milliseconds between{100};  // two lines: more cannot be read
  };

  // `output` must outlive it; the time runs from now on.
  Progress(Output& output, Pace pace);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // This goes on from now until the next step or clear(); with a total: "WHAT, 3 of 5".
  void step(std::string_view what, std::size_t done = 0, std::size_t total = 0);
  // Nothing goes on, and no line is left.  Every write to an Output that is covered_by() this does it.
  void clear();

 private:
  void watch();
  void draw();  // REQUIRES: the mutex is held

  Output& output_;
  const Pace pace_;
  const bool wanted_;
  const std::chrono::steady_clock::time_point begun_;
  std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::chrono::steady_clock::time_point due_;  // the next line
  std::string what_;
  std::size_t done_ = 0, total_ = 0;
  bool undrawn_ = false, visible_ = false, ending_ = false;
  std::thread watcher_;
};

}  // namespace looptape::tools
