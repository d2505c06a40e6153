// Lines for people; see the header.
#include "tools/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "tools/escape.h"
#include "tools/progress.h"

namespace looptape::tools {
namespace {

constexpr const char* kReset = "\x1b[0m";
constexpr std::size_t kIndent = 2, kLeast = 20;  // of what continues under itself: columns before it, and of the whole

const char* sequence(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kStrong:
      return "\x1b[1m";
    case Style::kFaint:
      return "\x1b[2m";
    case Style::kBad:
      return "\x1b[31m";
    case Style::kBar:
      return "\x1b[36m";
  }
  return "";
}

bool wants_colour(bool terminal) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  return terminal && (no_colour == nullptr || *no_colour == '\0') &&
         (kind == nullptr || std::string_view(kind) != "dumb");
}

std::size_t columns_of(int fd) {
  if (const char* const set = std::getenv("COLUMNS"); set != nullptr) {
    const std::string_view text(set);
    std::size_t columns = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
    if (error == std::errc{} && end == text.data() + text.size() && columns > 0) return columns;
  }
  winsize size{};
  constexpr std::size_t kUsual = 80;  // of a terminal that does not know
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

}  // namespace

Output::Output(std::FILE* file) : file_(file), terminal_(isatty(fileno(file)) == 1) {
  if (terminal_) width_ = columns_of(fileno(file));
  colour_ = wants_colour(terminal_);
}

void Output::raw(std::string_view text) {
  if (cover_ != nullptr) cover_->clear();
  put(text);
}

void Output::put(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) failed_ = true;
}

void Output::part(const Styled& part) {
  const bool coloured = colour_ && part.style != Style::kPlain && !part.text.empty();
  if (coloured) raw(sequence(part.style));
  raw(visible(part.text));
  if (coloured) raw(kReset);
}

void Output::line(std::initializer_list<Styled> parts) {
  for (const Styled& each : parts) part(each);
  raw("\n");
}

void Output::line(const std::vector<Styled>& parts) {
  for (const Styled& each : parts) part(each);
  raw("\n");
}

void Output::paragraph(std::string_view text, Style style) {
  const std::string shown = visible(text);
  if (width_ == 0 || display_width(shown) <= width_) return line({{shown, style}});
  const std::size_t columns = std::max(width_, kLeast) - kIndent;
  bool first = true;
  for (const std::string& part : wrap_to_width(shown, columns)) {
    line({{first ? part : std::string(kIndent, ' ') + part, style}});
    first = false;
  }
}

void Output::parts(const std::vector<Styled>& parts) {
  std::vector<std::string> texts;
  std::vector<Styled> beside;
  std::size_t columns = 0;
  for (const Styled& each : parts) {
    texts.push_back(visible(each.text));
    columns += display_width(texts.back()) + (beside.empty() ? 0 : kIndent);
    if (!beside.empty()) beside.push_back({"  ", Style::kPlain});
    beside.push_back(each);
  }
  if (width_ == 0 || columns <= width_) return line(beside);
  bool first = true;
  for (const std::string& text : pack_to_width(texts, std::max(width_, kLeast) - kIndent)) {
    line({{first ? "" : "  ", Style::kPlain}, {text, parts.front().style}});
    first = false;
  }
}

bool Output::flush() {
  if (std::fflush(file_) != 0) failed_ = true;
  return !failed_;
}

}  // namespace looptape::tools
