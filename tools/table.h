// A table for people: columns aligned by display width, figures to the right.
//
// Cells are made harmless when they are added; one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/output.h"

namespace looptape::tools {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  std::size_t widest = 48;  // longer cells are cut and marked
};

struct Cell {
  Cell(std::string_view t = {}, Style s = Style::kPlain) : text(t), style(s) {}  // NOLINT: a text is a cell
  Cell(const std::string& t, Style s = Style::kPlain) : text(t), style(s) {}     // NOLINT
  Cell(const char* t, Style s = Style::kPlain) : text(t), style(s) {}            // NOLINT
  std::string text;
  Style style;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // REQUIRES: as many cells as columns.
  void row(std::vector<Cell> cells);
  bool empty() const { return rows_.empty(); }
  // Columns that are empty in every row are left out; the last one is not padded.
  void print(Output& output) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace looptape::tools
