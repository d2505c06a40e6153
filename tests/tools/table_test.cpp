// Tables line up by what is seen, and let no cell out as it is.
#include "tools/table.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

#include "tests/tools/hostile_strings.h"

using namespace looptape::tools;

namespace {
template <class Print>
std::string printed(bool colour, Print print) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const file = open_memstream(&text, &size);
  {
    Output output(file, colour);
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
