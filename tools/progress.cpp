// What is going on; see the header.
#include "tools/progress.h"

#include <system_error>

#include "tools/escape.h"
#include "tools/format.h"
#include "tools/output.h"

namespace looptape::tools {
namespace {
constexpr std::string_view kEraseLine = "\r\x1b[K";
}

Progress::Progress(Output& output, Pace pace)
    : output_(output),
      pace_(pace),
      wanted_(output.terminal()),
      begun_(std::chrono::steady_clock::now()),
      due_(begun_ + pace.quiet) {}

Progress::~Progress() {
  clear();
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (watcher_.joinable()) watcher_.join();
}

void Progress::step(std::string_view what, std::size_t done, std::size_t total) {
  if (!wanted_) return;
  const std::lock_guard lock(mutex_);
  what_ = what;
  done_ = done;
  total_ = total;
  if (std::chrono::steady_clock::now() >= due_) return draw();
  if (undrawn_) return;
  undrawn_ = true;
  changed_.notify_one();
  if (watcher_.joinable()) return;
  try {
    watcher_ = std::thread([this] { watch(); });
  } catch (const std::system_error&) {
    // No thread to be had: steps that come when a line is due still show.
  }
}

void Progress::clear() {
  if (!wanted_) return;
  const std::lock_guard lock(mutex_);
  undrawn_ = false;
  if (!visible_) return;
  visible_ = false;
  output_.put(kEraseLine);
  output_.flush();
}

void Progress::watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    changed_.wait(lock, [&] { return undrawn_ || ending_; });
    const bool over = changed_.wait_until(lock, due_, [&] { return !undrawn_ || ending_; });
    if (!over) draw();
  }
}

void Progress::draw() {
  undrawn_ = false;
  visible_ = true;
  due_ = std::chrono::steady_clock::now() + pace_.between;
  std::string text = what_;
  if (total_ != 0) text += ", " + count_text(done_) + " of " + count_text(total_);
  output_.put(kEraseLine);
  output_.put(cut_to_width(visible(text), output_.width() > 1 ? output_.width() - 1 : 78));
  output_.flush();
}

}  // namespace looptape::tools
