// A progress bar on stderr: redrawn in place on a terminal, a plain line every quarter otherwise.
//
// One thread at a time may call it. It never writes to stdout, which belongs to the program's answer.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace looptape::tools::demo {

class Progress {
 public:
  Progress(std::string what, std::size_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // Leaves no bar behind; says nothing unless it was finished: whoever gives up says why.
  ~Progress();

  void reached(std::size_t done);
  void finished();

 private:
  void draw();
  void clear();

  std::string what_;
  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t quarter_ = 0;
  bool terminal_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace looptape::tools::demo
