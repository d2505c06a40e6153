// Foreign text is shown, never interpreted.
#include "tools/escape.h"

#include <catch2/catch.hpp>

#include "tests/tools/hostile_strings.h"

using looptape::tools::cut_to_width;
using looptape::tools::display_width;
using looptape::tools::visible;

TEST_CASE("the corpus holds about 200 strings, all of which the check calls harmful or harmless as they are") {
  const auto strings = looptape::test::hostile_strings();
  CHECK(strings.size() >= 200);
  std::size_t harmful = 0;
  for (const std::string& text : strings)
    harmful += !looptape::test::harm(text).empty() || text.find('\n') != text.npos;
  CHECK(harmful >= 150);  // the check bites: raw, most of them fail it
}

TEST_CASE("every hostile string becomes one harmless line, and showing that again changes nothing") {
  for (const std::string& text : looptape::test::hostile_strings()) {
    const std::string shown = visible(text);
    CAPTURE(shown);
    CHECK(looptape::test::harm(shown).empty());
    CHECK(shown.find('\n') == std::string::npos);
    CHECK(!shown.empty());
    CHECK(visible(shown) == shown);
  }
}

TEST_CASE("as JSON a hostile string is valid UTF-8 and unchanged when it was valid before") {
  for (const std::string& text : looptape::test::hostile_strings()) {
    const std::string valid = looptape::tools::valid_utf8(text);
    CHECK(looptape::test::valid_utf8(valid));
    if (looptape::test::valid_utf8(text)) CHECK(valid == text);
  }
}

TEST_CASE("every code point and every pair of bytes comes out valid and harmless") {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      REQUIRE(looptape::test::harm(visible(text)).empty());
      REQUIRE(looptape::test::valid_utf8(looptape::tools::valid_utf8(text)));
    }
  }
}

TEST_CASE("escapes say which byte or character was there") {
  CHECK(visible("a\x1b[31mb") == "a\\x1b[31mb");
  CHECK(visible("a\nb\tc\r") == "a\\nb\\tc\\r");
  CHECK(visible("\u202e") == "\\u202e");
  CHECK(visible("\U000e0041") == "\\U000e0041");
  CHECK(visible("\u0085") == "\\u0085");
  CHECK(visible("caf\xe9") == "caf\\xe9");
  CHECK(visible(std::string("\0", 1)) == "\\x00");
  CHECK(visible("日本 naïve ½") == "日本 naïve ½");
}

TEST_CASE("width counts columns, not bytes, and cutting never splits a character") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("😀") == 2);
  CHECK(cut_to_width("abcdef", 6) == "abcdef");
  CHECK(cut_to_width("abcdef", 4) == "abc…");
  CHECK(cut_to_width("日本語", 4) == "日…");
  CHECK(cut_to_width("日本語", 5) == "日本…");
}
