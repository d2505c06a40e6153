// Tables line up by what is seen, and let no cell out as it is.
#include "tools/table.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "tests/tools/hostile_strings.h"
#include "tools/escape.h"

using namespace looptape::tools;

namespace {
template <class Print>
std::string printed(bool colour, Print print, std::size_t width = 0) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const file = open_memstream(&text, &size);
  {
    Output output(file, colour, width);
    print(output);
    output.flush();
  }
  std::fclose(file);
  std::string result(text, size);
  std::free(text);
  return result;
}
}  // namespace

TEST_CASE("columns line up by display width, figures to the right, empty columns are left out") {
  Table table({{"STAGE"}, {"NOTHING"}, {"COUNT", Align::kRight}, {"LAST"}});
  table.row({"日本", "", "7", "x"});
  table.row({"rerank", "", "1 200", ""});
  CHECK(printed(false, [&](Output& output) { table.print(output); }) ==
        "STAGE   COUNT  LAST\n"
        "日本        7  x\n"
        "rerank  1 200  \n");
}

TEST_CASE("what has no room is cut and marked, continues under itself, or goes under its row") {
  Table table({{"NAME", Align::kLeft, 48, 6},
               {"MS", Align::kRight},
               {"PLACE", Align::kLeft, 48, 0, false, 1, "place"},
               {"WORDS", Align::kLeft, kAnyWidth, 10, true}});
  table.row({"retrieve.dense", "7", "thread 12", "a=1 日本=2 c=3 d=4"});
  const auto print = [&](Output& output) { table.print(output); };
  CHECK(printed(false, print) ==
        "NAME            MS  PLACE      WORDS\n"
        "retrieve.dense   7  thread 12  a=1 日本=2 c=3 d=4\n");
  CHECK(printed(false, print, 38) ==
        "NAME        MS  PLACE      WORDS\n"
        "retrieve.…   7  thread 12  a=1 日本=2\n"
        "                           c=3 d=4\n");
  CHECK(printed(false, print, 24) ==
        "NAME      MS  WORDS\n"
        "retriev…   7  a=1 日本=2\n"
        "              c=3 d=4\n"
        "    place thread 12\n");
}

TEST_CASE("a figure that has no room is not cut: it goes under its row, or goes on under itself") {
  Table table({{"TAKEN"},
               {"NAME", Align::kLeft, 48, 4, false, 0, "name"},
               {"CRITICAL", Align::kRight, 48, 0, false, 2, "critical"},
               {"BAR", Align::kLeft, 32, 4, false, 1},
               {"SHARE", Align::kRight, 48, 0, false, 3, "share"}});
  Cell drawn("██████");
  drawn.draw = [](std::size_t cells) { return std::string(cells, '#'); };
  table.row({"2026-11-24", "retrieve.dense", "3 min 05 s", drawn, "26 %"});
  const auto print = [&](Output& output) { table.print(output); };
  CHECK(printed(false, print, 30) ==
        "TAKEN       NAME         SHARE\n"
        "2026-11-24  retrieve.d…   26 %\n"
        "    critical 3 min 05 s\n");
  CHECK(printed(false, print, 20) ==
        "TAKEN       NAME\n"
        "2026-11-24  retriev…\n"
        "    critical 3 min\n"
        "    05 s  share 26 %\n");
  CHECK(printed(false, print, 9) ==
        "TAKEN\n"
        "2026-11-2\n"
        "4\n"
        "    name\n"
        "    retri\n"
        "    eve.d\n"
        "    ense\n"
        "    criti\n"
        "    cal 3\n"
        "    min\n"
        "    05 s\n"
        "    share\n"
        "    26 %\n");
}

TEST_CASE("no table is wider than the terminal, however small that is") {
  Table table({{"NAME", Align::kLeft, 48, 6},
               {"FIGURE", Align::kRight},
               {"TEXT", Align::kLeft, kAnyWidth, 10, true, 1, "text"}});
  table.row({"日本語の名前", "123 456", "some words 日本語 e\u0301e\u0301"});
  for (std::size_t width = 2; width < 60; ++width) {
    std::istringstream lines(printed(
        false, [&](Output& output) { table.print(output); }, width));
    CAPTURE(width);
    for (std::string line; std::getline(lines, line);) CHECK(display_width(line) <= width);
  }
}

TEST_CASE("no cell and no part of a line reaches the output as it is") {
  for (const std::string& text : looptape::test::hostile_strings()) {
    Table table({{"A"}, {"B", Align::kRight}});
    table.row({text, text});
    const std::string out = printed(false, [&](Output& output) {
      table.print(output);
      output.line({{text, Style::kBad}, {text, Style::kPlain}});
      output.line(text);
    });
    CAPTURE(text);
    CHECK(looptape::test::harm(out).empty());
  }
}

TEST_CASE("colour appears only when it was asked for") {
  const auto print = [](Output& output) { output.line({{"bad", Style::kBad}}); };
  CHECK(printed(true, print) == "\x1b[31mbad\x1b[0m\n");
  CHECK(printed(false, print) == "bad\n");
}
