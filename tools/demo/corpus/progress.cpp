// See progress.h.

#include "tools/demo/corpus/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace looptape::tools::demo {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBarWidth = 30;
constexpr auto kRedraw = std::chrono::milliseconds(100);

Progress::Progress(std::string what, std::size_t total)
    : what_(std::move(what)),
      total_(std::max<std::size_t>(total, 1)),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()) {
  if (!terminal_) std::fprintf(stderr, "%s ...\n", what_.c_str());
}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (std::exchange(drawn_, {}) != Clock::time_point{}) std::fprintf(stderr, "\r\033[K");
}

void Progress::finished() {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  clear();
  std::fprintf(stderr, "%s: done in %.1f s\n", what_.c_str(), seconds);
}

void Progress::reached(std::size_t done) {
  done_ = std::min(done, total_);
  if (!terminal_) {
    const std::size_t quarter = done_ * 4 / total_;
    if (quarter > quarter_ && quarter < 4) {
      std::fprintf(stderr, "%s ... %zu %%\n", what_.c_str(), quarter * 25);
    }
    quarter_ = quarter;
    return;
  }
  if (Clock::now() - drawn_ >= kRedraw) draw();
}

void Progress::draw() {
  drawn_ = Clock::now();
  const std::size_t full = done_ * kBarWidth / total_;
  const std::string bar = std::string(full, '#') + std::string(kBarWidth - full, '.');
  std::fprintf(stderr, "\r%s [%s] %3zu %%", what_.c_str(), bar.c_str(), done_ * 100 / total_);
}

}  // namespace looptape::tools::demo
