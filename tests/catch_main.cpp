// The one main() of the Catch2 test programs; compiled once, linked into each of them by
// looptape_add_test (tests/CMakeLists.txt).  It adds nothing to Catch2's own.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
