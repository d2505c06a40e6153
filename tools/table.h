// A table for people: columns aligned by display width, figures to the right.
//
// On a terminal no line is wider than it: columns that can give way do (names are cut and marked, texts continue
// under themselves, drawings are drawn again), and when that is not enough the least important columns are written
// on lines of their own under their row, drawings left out.  Figures and times are never cut.  Elsewhere lines are as
// long as their content.
// Cells are made harmless when they are added; one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/output.h"

namespace looptape::tools {

enum class Align { kLeft, kRight };

inline constexpr std::size_t kAnyWidth = ~std::size_t{0};

struct Column {
  std::string title;
  Align align = Align::kLeft;
  std::size_t widest = 48;  // longer cells are cut and marked, on a terminal and elsewhere
  std::size_t least = 0;    // may shrink to so many columns; 0: a figure, which is never cut
  bool wraps = false;       // continues under itself instead of being cut
  unsigned leaves = 0;      // when there is no room: the column with the smallest goes first; 0: the last one after all
  std::string below = {};   // how its text is introduced there
};

struct Cell {
  Cell(std::string_view t = {}, Style s = Style::kPlain) : text(t), style(s) {}  // NOLINT: a text is a cell
  Cell(const std::string& t, Style s = Style::kPlain) : text(t), style(s) {}     // NOLINT
  Cell(const char* t, Style s = Style::kPlain) : text(t), style(s) {}            // NOLINT
  std::string text;
  Style style;
  std::function<std::string(std::size_t)> draw = {};  // the same, drawn at another width
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // REQUIRES: as many cells as columns.
  void row(std::vector<Cell> cells);
  // Columns that are empty in every row are left out; the last one is not padded.
  void print(Output& output) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace looptape::tools
