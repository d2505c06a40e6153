// A table for people; see the header.
#include "tools/table.h"

#include <algorithm>

#include "tools/escape.h"

namespace looptape::tools {
namespace {

constexpr std::size_t kGap = 2, kBelowIndent = 4;
constexpr std::size_t kNarrowest = 2;  // what a wide character needs

std::string padded(const std::string& text, std::size_t width, Align align, bool last) {
  const std::size_t own = display_width(text);
  const std::string space(width > own ? width - own : 0, ' ');
  if (align == Align::kRight) return space + text;
  return last ? text : text + space;
}

// Where each column goes and how wide it is.
struct Layout {
  std::vector<std::size_t> widths;
  std::vector<std::size_t> beside, below;  // indexes of columns: in the row; on lines under it
};

class Fitting {
 public:
  Fitting(const std::vector<Column>& columns, Layout& layout) : columns_(columns), layout_(layout) {}

  void fit(std::size_t limit) {
    while (total([&](std::size_t i) { return least(i); }) > limit && let_one_leave()) {
    }
    shrink(limit, [&](std::size_t i) { return least(i); });
    // Only where the first column alone has no room.
    shrink(limit, [](std::size_t) { return kNarrowest; });
  }

 private:
  std::size_t least(std::size_t i) const {
    const std::size_t own = columns_[i].least;
    return own == 0 ? layout_.widths[i] : std::min(own, layout_.widths[i]);
  }
  template <class Width>
  std::size_t total(Width width) const {
    std::size_t sum = kGap * (layout_.beside.size() - 1);
    for (const std::size_t i : layout_.beside) sum += width(i);
    return sum;
  }
  bool let_one_leave() {
    if (layout_.beside.size() == 1) return false;
    auto first = layout_.beside.end();
    for (auto each = layout_.beside.begin(); each != layout_.beside.end(); ++each) {
      const unsigned rank = columns_[*each].leaves;
      if (rank != 0 && (first == layout_.beside.end() || rank < columns_[*first].leaves)) first = each;
    }
    if (first == layout_.beside.end()) --first;
    layout_.below.push_back(*first);
    layout_.beside.erase(first);
    std::sort(layout_.below.begin(), layout_.below.end());
    return true;
  }
  // The widest gives way first.
  template <class Least>
  void shrink(std::size_t limit, Least lowest) {
    std::size_t over = total([&](std::size_t i) { return layout_.widths[i]; });
    over = over > limit ? over - limit : 0;
    for (; over > 0; --over) {
      std::size_t* widest = nullptr;
      for (const std::size_t i : layout_.beside) {
        std::size_t& width = layout_.widths[i];
        if (width > lowest(i) && (widest == nullptr || width > *widest)) widest = &width;
      }
      if (widest == nullptr) return;
      --*widest;
    }
  }

  const std::vector<Column>& columns_;
  Layout& layout_;
};

std::vector<std::string> cell_lines(const Column& column, const Cell& cell, std::size_t width) {
  if (display_width(cell.text) <= width) return {cell.text};
  if (cell.draw) return {visible(cell.draw(width))};
  if (column.wraps || column.least == 0) return wrap_to_width(cell.text, width);
  return {cut_to_width(cell.text, width)};
}

class Printing {
 public:
  Printing(const std::vector<Column>& columns, const Layout& layout, Output& output)
      : columns_(columns), layout_(layout), output_(output) {}

  void titles() {
    std::vector<std::vector<std::string>> lines;
    for (const std::size_t i : layout_.beside) lines.push_back({cut_to_width(columns_[i].title, layout_.widths[i])});
    beside(lines, [](std::size_t) { return Style::kFaint; });
  }

  void row(const std::vector<Cell>& cells) {
    std::vector<std::vector<std::string>> lines;
    for (const std::size_t i : layout_.beside) lines.push_back(cell_lines(columns_[i], cells[i], layout_.widths[i]));
    beside(lines, [&](std::size_t i) { return cells[i].style; });
    below(cells);
  }

 private:
  template <class StyleOf>
  void beside(const std::vector<std::vector<std::string>>& lines, StyleOf style_of) {
    std::size_t height = 0;
    for (const auto& each : lines) height = std::max(height, each.size());
    for (std::size_t y = 0; y < height; ++y) {
      std::vector<std::string> texts;
      texts.reserve(lines.size());
      std::vector<Styled> parts;
      for (std::size_t x = 0; x < lines.size(); ++x) {
        const std::size_t i = layout_.beside[x];
        texts.push_back(padded(y < lines[x].size() ? lines[x][y] : std::string(), layout_.widths[i], columns_[i].align,
                               x + 1 == lines.size()));
        if (x > 0) parts.push_back({"  ", Style::kPlain});
        parts.push_back({texts.back(), style_of(i)});
      }
      output_.line(parts);
    }
  }

  void below(const std::vector<Cell>& cells) {
    std::vector<std::string> texts;
    for (const std::size_t i : layout_.below) {
      if (cells[i].text.empty() || cells[i].draw) continue;
      texts.push_back(columns_[i].below + (columns_[i].below.empty() ? "" : " ") + cells[i].text);
    }
    const std::size_t indent = std::min(kBelowIndent, output_.width() > 2 ? output_.width() - 2 : 0);
    for (const std::string& line : pack_to_width(texts, output_.width() - indent)) {
      output_.line({{std::string(indent, ' ') + line, Style::kFaint}});
    }
  }

  const std::vector<Column>& columns_;
  const Layout& layout_;
  Output& output_;
};

}  // namespace

void Table::row(std::vector<Cell> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i].text = cut_to_width(visible(cells[i].text), columns_[i].widest);
  }
  rows_.push_back(std::move(cells));
}

void Table::print(Output& output) const {
  Layout layout;
  layout.widths.assign(columns_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      layout.widths[i] = std::max(layout.widths[i], display_width(row[i].text));
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (layout.widths[i] == 0) continue;
    layout.beside.push_back(i);
    layout.widths[i] = std::max(layout.widths[i], display_width(columns_[i].title));
  }
  if (layout.beside.empty()) return;
  if (output.width() != 0) Fitting(columns_, layout).fit(output.width());
  Printing printing(columns_, layout, output);
  printing.titles();
  for (const auto& row : rows_) printing.row(row);
}

}  // namespace looptape::tools
