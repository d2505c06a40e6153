// Text that crosses the boundary: W3C trace context, the keyed hash, where UTF-8 may be cut, what may be printed, and
// which name was meant.
#include <catch2/catch.hpp>
#include <string>

#include "core/keyed_hash.h"
#include "core/likeness.h"
#include "core/utf8.h"
#include "core/visible_text.h"
#include "looptape/core/request.h"

using namespace looptape::core;

TEST_CASE("traceparent: the standard's example is read, and written back as it was") {
  const std::string header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const ContextValue context = parse_traceparent(header);
  CHECK(context.trace_high == 0x4bf92f3577b34da6u);
  CHECK(context.trace_low == 0xa3ce929d0e0e4736u);
  CHECK(context.parent_start == 0x00f067aa0ba902b7u);
  CHECK(context.remote == 1);
  CHECK(context.request == 0);
  char out[56];
  CHECK(write_traceparent(context, out) == 55);
  CHECK(std::string(out) == header);
}

TEST_CASE("traceparent: flags that are not sampled, and later versions with more fields, are read") {
  CHECK(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").remote == 1);
  CHECK(parse_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").remote == 1);
  CHECK(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings").remote ==
        1);
}

TEST_CASE("traceparent: whatever the standard calls invalid is an empty context") {
  const std::string bad[] = {
      "",
      "00",
      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",   // version ff
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",   // no trace id
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",   // no parent
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",   // upper case
      "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",    // short trace id
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",    // short flags
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",   // not a digit
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",  // version 00 has no more fields
      "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",  // a later version's begin with a dash
      "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
      std::string(54, '0'),
      std::string(55, '-'),
      std::string(100'000, 'a'),
  };
  for (const std::string& header : bad) {
    const ContextValue context = parse_traceparent(header);
    INFO(header.substr(0, 80));
    CHECK((context.trace_high | context.trace_low | context.parent_start | context.remote) == 0);
  }
}

TEST_CASE("traceparent: an empty context writes nothing") {
  char out[56] = "x";
  CHECK(write_traceparent({}, out) == 0);
  CHECK(out[0] == '\0');
}

TEST_CASE("SipHash-2-4 gives the values of its authors' test vectors") {
  // Appendix A of the paper, and the reference implementation's table (key 00 … 0f, message 00, 01, 02 …).
  const std::array<std::uint64_t, 2> key = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
  std::string message;
  CHECK(siphash(key, message) == 0x726fdb47dd0e0e31u);
  for (char c = 0; c < 15; ++c) message += c;
  CHECK(siphash(key, message) == 0xa129ca6149be45e5u);
  CHECK(siphash(key, std::string_view(message).substr(0, 1)) == 0x74f839c593dc67fdu);
  CHECK(siphash(key, std::string_view(message).substr(0, 8)) == 0x93f5f5799a932462u);
  CHECK(siphash({key[0] + 1, key[1]}, message) != 0xa129ca6149be45e5u);
}

TEST_CASE("text is cut between characters, and what is not UTF-8 is cut at the limit") {
  CHECK(utf8_prefix("abc", 3) == 3);
  CHECK(utf8_prefix("abcd", 3) == 3);
  CHECK(utf8_prefix("ab\xc3\xa9", 3) == 2);
  CHECK(utf8_prefix("ab\xc3\xa9", 4) == 4);
  CHECK(utf8_prefix("\xe2\x82\xac\xe2\x82\xac", 4) == 3);
  CHECK(utf8_prefix("\xe2\x82\xac\xe2\x82\xac", 5) == 3);
  CHECK(utf8_prefix("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 7) == 4);
  CHECK(utf8_prefix("\xf0\x9f\x98\x80", 3) == 0);
  CHECK(utf8_prefix("\x80\x80\x80\x80\x80\x80", 4) == 4);
  CHECK(utf8_prefix("", 0) == 0);
  CHECK(utf8_prefix("x", 0) == 0);
}

TEST_CASE("words are alike by what they have in common, wherever it stands, and unlike by what makes one the other") {
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(common_part("abc", "abc") == 6);
  CHECK(common_part("budgt", "budget_bytes") == 9);  // five letters, one left out
  CHECK(common_part("budget_bytes", "budgt") == 9);
  CHECK(common_part("threads", "max_threads") == 14);
  CHECK(common_part("xyz", "abc") == 0);
  CHECK(common_part("", "abc") == 0);
  CHECK(remoteness("budgt", "budget_bytes") < remoteness("budgt", "budgie"));
  CHECK(remoteness("disk", "disk_age") < remoteness("disk", "disk_files"));  // as much in common, fewer edits
  CHECK(remoteness("tenat", "tenant") < remoteness("tenat", "tenant_of_tenants"));
  CHECK(remoteness("window_seconds", "window"));
  CHECK_FALSE(remoteness("candidates", "pid"));
  CHECK_FALSE(remoteness("home", "off"));
  CHECK_FALSE(remoteness("", "off"));
}

// The bug that was: "foo" was near to "disk_free_floor", as its letters are in "floor".
TEST_CASE("a name is near that is mistyped or a word of it, and not one whose letters happen to be in it") {
  for (const char* const written : {"foo", "test", "path", "log", "rate", "pager", "editor", "loop", "on", "port"}) {
    CAPTURE(written);
    for (const char* const known : {"disk_free_floor", "disk_bytes", "dump_at_exit", "slow", "clock", "cooldown",
                                    "disk_age", "directory", "region_directory", "version", "off"})
      CHECK_FALSE(remoteness(written, known));
  }
  CHECK(remoteness("flor", "disk_free_floor"));
  CHECK(remoteness("freefloor", "disk_free_floor"));
  CHECK(remoteness("disk_size", "disk_bytes"));
  CHECK(remoteness("http.methd", "http.method"));
  const std::string hostile(64, '_');
  CHECK_FALSE(remoteness(hostile, "disk_bytes"));
}

TEST_CASE("what is quoted is one printable line, and as short as was asked for") {
  CHECK(excerpt("plain, ä…") == "plain, ä…");
  CHECK(excerpt("a\x1b[31m\n") == "a\\x1b[31m\\n");
  CHECK(excerpt("\xff\xc2\x9b") == "\\xff\\u009b");
  for (const std::string& text :
       {std::string(5000, 'x'), std::string(5000, '\x1b'), std::string(5000, '\xff'),
        std::string(15, '\x1b') + std::string(30, 'x'), std::string("äöüäöüäöüäöüäöüäöüäöü")}) {
    for (std::size_t most = 3; most < 40; ++most) {
      const std::string shown = excerpt(text, most);
      CHECK(shown.size() <= most);
      CHECK(shown.ends_with("…"));
      CHECK(visible(shown) == shown);
      CHECK(excerpt(shown, most) == shown);
    }
  }
}
