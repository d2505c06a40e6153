// What tapes are called.
#include <catch2/catch.hpp>

#include "dump/tape_name.h"

using namespace looptape::dump;

TEST_CASE("a dump's name tells when, where, who, which and why, and comes apart again") {
  const TapeName name{1795491087, "web-1.example", 4242, 3, "SIGUSR2"};
  CHECK(tape_file_name(name) == "20261124T033127Z-web-1.example-4242-3-SIGUSR2.tape");
  CHECK(parse_tape_file_name(tape_file_name(name)) == name);
  CHECK(tape_file_name({0, "", 1, 2, ""}) == "19700101T000000Z-unknown-1-2-none.tape");
  const std::string hostile = tape_file_name({0, "a/../b\n\xff", 1, 2, "x-y/\x1b[31m .tape"});
  CHECK(hostile == "19700101T000000Z-a_.._b__-1-2-x_y___31m_.tape.tape");
  CHECK(parse_tape_file_name(hostile).has_value());
  CHECK(tape_file_name({0, std::string(500, 'h'), ~0ull, ~0ull, std::string(500, 't')}).size() < 200);
  for (const char* other :
       {"", ".tape", "notes.tape", "20261124T033127Z-h-1-2.tape", "20261124T033127Z-h-1-x-t.tape",
        "20261124T033127Z-h-1-2-t.tap", "20261124X033127Z-h-1-2-t.tape", "20261124T033127Z--1-2-t.tape",
        "20261124T033127Z-h-1-2-.tape", "20261124T033127Z-h-1-2-t.tape.part", "20269924T033127Z-h-1-2-t.tape",
        "20261124T033160Z-h-1-2-t.tape", "20261124T033127Z-h-1-007-t.tape", "20261124T033127Z-a b-1-2-t.tape",
        "20261124T033127Z-h-1-2-t t.tape"})
    CHECK_FALSE(parse_tape_file_name(other).has_value());
  CHECK(parse_temporary_name(tape_file_name(name) + ".part").has_value());
  CHECK_FALSE(parse_temporary_name(tape_file_name(name)).has_value());
}
