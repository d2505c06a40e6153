// Where the program's words go: lines for people, each made harmless on its way out.
//
// One thread.  Nothing else in tools writes text to stdout or stderr; JSON leaves through json_report.h.
#pragma once

#include <chrono>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace looptape::tools {

enum class Style { kPlain, kStrong, kFaint, kBad, kGood, kBar };

struct Styled {
  std::string_view text;
  Style style = Style::kPlain;
};

class Output {
 public:
  // `file` must outlive it.  Colour: only when it is a terminal and NO_COLOR is not set.
  explicit Output(std::FILE* file);
  Output(std::FILE* file, bool colour) : file_(file), colour_(colour) {}

  // Writes one line; every part goes through visible().
  void line(std::initializer_list<Styled> parts);
  void line(const std::vector<Styled>& parts);
  void line(std::string_view text = {}) { line({{text, Style::kPlain}}); }
  // Text that is already made of harmless bytes and its own newlines (JSON, scripts made from our own texts).
  void raw(std::string_view text);

  bool terminal() const { return terminal_; }
  // False once a write failed (a full disk, a closed pipe).
  bool flush();

 private:
  void part(const Styled& part);

  std::FILE* file_;
  bool colour_ = false, terminal_ = false, failed_ = false;
};

// Says on a terminal's stderr what is being read, once it takes longer than a second.
class Progress {
 public:
  explicit Progress(Output& output, bool wanted = true);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void step(std::string_view what, std::size_t done, std::size_t total);
  void clear();

 private:
  Output& output_;
  std::chrono::steady_clock::time_point begun_, shown_;
  bool wanted_, visible_ = false;
};

}  // namespace looptape::tools
