// A test program whose cases say that they are skipped, fail and pass; skip_test.cpp runs it.  ctest does not.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/skip.h"

using looptape::testing::skip_test;

TEST_CASE("skipped", "[skipped]") { return skip_test("it is always so"); }

TEST_CASE("skipped too", "[skipped]") { return skip_test("it is always so"); }

TEST_CASE("passed", "[passed]") { CHECK(true); }

TEST_CASE("failed before it is skipped", "[before]") {
  CHECK(false);
  skip_test("it is always so");
}

TEST_CASE("failed after it is skipped", "[after]") {
  skip_test("it is always so");
  CHECK(false);
}

TEST_CASE("thrown from beside a skip", "[throws]") {
  skip_test("it is always so");
  throw 7;
}

TEST_CASE("failed as often as makes the code of a skip", "[often]") {
  for (int i = 0; i < 77; ++i) CHECK(false);
}

TEST_CASE("crashed beside a skip", "[crashes]") {
  skip_test("it is always so");
  std::raise(SIGSEGV);
}
