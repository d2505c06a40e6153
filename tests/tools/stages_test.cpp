// `looptape stages`: what counts, what is left out, and what is kept apart.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/program.h"
#include "tests/tools/run_checks.h"
#include "tests/tools/situations.h"

using namespace looptape::test;
using nlohmann::json;

TEST_CASE("stages counts successful requests, names what it left out, and says when there is not enough") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const json document = parsed(looptape::test::looptape({"stages", tape, "--json"}));
  CHECK(document["coverage"]["requests"] == 1);
  CHECK(document["coverage"]["requests_not_counted"] == json::parse(R"({"error":1,"running":1})"));
  const json& first = document["rows"][0];
  CHECK(first["stage"] == "retrieve");
  CHECK(first["kind"] == "retrieve");
  CHECK(first["count"] == 1);
  CHECK(first["p50_ns"].is_null());
  CHECK(first["max_ns"] == 89'999'999);
  CHECK(first["critical_ns"] == 79'999'999);
  const json all = parsed(looptape::test::looptape({"stages", tape, "--status", "all", "--json"}));
  json rows;
  for (const json& row : all["rows"]) rows[row["stage"].get<std::string>()] = row;
  REQUIRE((rows.contains("rerank") && rows.contains("generate")));
  CHECK(rows["rerank"]["statuses"] == json::parse(R"({"ok":1,"timeout":1})"));
  CHECK(rows["generate"]["running"] == 1);
  const Run human = looptape::test::looptape({"stages", tape});
  CHECK(human.out.find("not enough") != std::string::npos);
  CHECK(human.out.find("not counted: 1 error, 1 running") != std::string::npos);
  CHECK(human.out.find("\ncoverage: ") != std::string::npos);
}
