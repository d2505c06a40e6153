// Where the program's words go: lines for people, each made harmless on its way out.
//
// One thread, beside the one of progress.h.  Nothing else in tools writes text to stdout or stderr; JSON leaves through
// json_report.h.
#pragma once

#include <cstddef>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace looptape::tools {

class Progress;

enum class Style { kPlain, kStrong, kFaint, kBad, kBar };

struct Styled {
  std::string_view text;
  Style style = Style::kPlain;
};

class Output {
 public:
  // `file` must outlive it.  Colour: only when it is a terminal and NO_COLOR is not set.
  explicit Output(std::FILE* file);
  Output(std::FILE* file, bool colour, std::size_t width = 0) : file_(file), width_(width), colour_(colour) {}

  // Writes one line; every part goes through visible().
  void line(std::initializer_list<Styled> parts);
  void line(const std::vector<Styled>& parts);
  void line(std::string_view text = {}) { line({{text, Style::kPlain}}); }
  // A long line, which continues under itself where the terminal ends.
  void paragraph(std::string_view text, Style style = Style::kPlain);
  // Parts side by side, two spaces between them; where the terminal ends they go on in the next line, and the style of
  // the first is that of all.
  void parts(const std::vector<Styled>& parts);
  // Text that is already made of harmless bytes and its own newlines (JSON, scripts made from our own texts).
  void raw(std::string_view text);

  // The progress line on the same terminal, taken away before anything is written; must outlive the writes.  Null:
  // there is none.
  void covered_by(Progress* progress) { cover_ = progress; }

  bool terminal() const { return terminal_; }
  // Columns of the terminal ($COLUMNS, else what it says itself); 0: not a terminal, lines may have any length.
  std::size_t width() const { return width_; }
  // False once a write failed (a full disk, a closed pipe).
  bool flush();

 private:
  friend class Progress;
  // As it is, without taking the line away: Progress's own writes, under its mutex.
  void put(std::string_view text);
  void part(const Styled& part);

  std::FILE* file_;
  Progress* cover_ = nullptr;
  std::size_t width_ = 0;
  bool colour_ = false, terminal_ = false, failed_ = false;
};

}  // namespace looptape::tools
