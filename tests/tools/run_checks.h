// What a run of the command printed, as JSON; and that it refused what it was asked.
#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/program.h"

namespace looptape::test {

// `code`: what the run must have ended with.
inline nlohmann::json parsed(const Run& run, int code = 0) {
  INFO(run.err);
  REQUIRE(run.code == code);
  return nlohmann::json::parse(run.out);
}

// Exit code, one line of error that contains all of `parts`, and nothing on stdout.
inline void check_refused(const Run& run, int code, const std::vector<std::string>& parts) {
  INFO("stderr: " << run.err << " stdout: " << run.out);
  CHECK(run.code == code);
  CHECK(run.error_lines() == 1);
  CHECK(run.out.empty());
  CHECK(run.err.rfind("looptape: ", 0) == 0);
  for (const std::string& part : parts) CHECK(run.err.find(part) != std::string::npos);
}

}  // namespace looptape::test
