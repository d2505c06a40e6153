// A table for people; see the header.
#include "tools/table.h"

#include <algorithm>

#include "tools/escape.h"

namespace looptape::tools {
namespace {

std::string padded(const std::string& text, std::size_t width, Align align, bool last) {
  const std::size_t own = display_width(text);
  const std::string space(width > own ? width - own : 0, ' ');
  if (align == Align::kRight) return space + text;
  return last ? text : text + space;
}

}  // namespace

void Table::row(std::vector<Cell> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i].text = cut_to_width(visible(cells[i].text), columns_[i].widest);
  }
  rows_.push_back(std::move(cells));
}

void Table::print(Output& output) const {
  std::vector<std::size_t> widths(columns_.size(), 0), shown;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (widths[i] == 0) continue;
    shown.push_back(i);
    widths[i] = std::max(widths[i], display_width(columns_[i].title));
  }
  const auto print_row = [&](auto&& text_of, auto&& style_of) {
    std::vector<std::string> texts;
    texts.reserve(shown.size());
    std::vector<Styled> parts;
    for (const std::size_t i : shown) {
      texts.push_back(padded(text_of(i), widths[i], columns_[i].align, i == shown.back()));
      if (!parts.empty()) parts.push_back({"  ", Style::kPlain});
      parts.push_back({texts.back(), style_of(i)});
    }
    output.line(parts);
  };
  if (shown.empty()) return;
  print_row([&](std::size_t i) { return columns_[i].title; }, [](std::size_t) { return Style::kFaint; });
  for (const auto& row : rows_) {
    print_row([&](std::size_t i) { return row[i].text; }, [&](std::size_t i) { return row[i].style; });
  }
}

}  // namespace looptape::tools
