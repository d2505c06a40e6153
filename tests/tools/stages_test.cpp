// `looptape stages`: what counts, what is left out, and what is kept apart.
#include <catch2/catch.hpp>
#include <map>
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
  CHECK(first["service"] == "answers");
  CHECK(first["count"] == 1);
  CHECK(first["p50_ns"].is_null());
  CHECK(first["max_ns"] == 89'999'999);
  CHECK(first["critical_ns"] == 79'999'999);
  CHECK(first["drag_ns"] == 0);
  CHECK(document["rows"][1]["stage"] == "rerank");
  CHECK(document["rows"][1]["drag_ns"] == 10'000'000);
  const json all = parsed(looptape::test::looptape({"stages", tape, "--status", "all", "--json"}));
  json rows;
  for (const json& row : all["rows"]) rows[row["stage"].get<std::string>()] = row;
  REQUIRE((rows.contains("rerank") && rows.contains("generate")));
  CHECK(rows["rerank"]["statuses"] == json::parse(R"({"ok":1,"timeout":1})"));
  CHECK(rows["generate"]["running"] == 1);
  const Run human = looptape::test::looptape({"stages", tape});
  CHECK(human.out.find("SERVICE") == std::string::npos);
  CHECK(human.out.find("not enough") != std::string::npos);
  CHECK(human.out.find("not counted: 1 error, 1 running") != std::string::npos);
  CHECK(human.out.find("\ncoverage: ") != std::string::npos);
}

TEST_CASE("stages keeps those of several services apart, and adds up those of several processes of one") {
  const Folder folder;
  const auto add = [&](const char* service, std::uint64_t token, std::uint64_t length) {
    Recording r(service, token);
    r.stage(1, "call", looptape::Kind::retrieve, 10, 10 + length, {.depth = 1});
    r.request(1, "ask", 0, 1000);
    write_tape(folder, std::to_string(token) + ".tape", r);
  };
  add("front", 1, 900);
  add("front", 3, 800);
  add("search", 5, 300);
  const json document = parsed(looptape::test::looptape({"stages", folder.path(), "--json"}));
  std::map<std::string, json> calls;
  for (const json& row : document["rows"]) {
    if (row["stage"] == "call") calls[row["service"].get<std::string>()] = row;
  }
  REQUIRE(document["rows"].size() == 4);
  REQUIRE(calls.size() == 2);
  CHECK(calls["front"]["count"] == 2);
  CHECK(calls["front"]["critical_ns"] == 1700);
  CHECK(calls["search"]["count"] == 1);
  CHECK(calls["search"]["critical_ns"] == 300);
  const std::string human = looptape::test::looptape({"stages", folder.path()}).out;
  CHECK(human.find("STAGE  SERVICE  KIND ") != std::string::npos);
  CHECK(human.find("call   front    retrieve ") != std::string::npos);
  CHECK(human.find("call   search   retrieve ") != std::string::npos);
}

TEST_CASE("stages sums what each stage alone would have saved, of one inside another of its name only once") {
  const Folder folder;
  Recording r;
  for (const std::uint64_t number : {1, 2}) {
    const std::uint64_t start = number * 1000, late = number * 10;
    r.stage(number, "step", looptape::Kind::tool, start + 20, start + 50, {.depth = 3});
    r.stage(number, "plan", looptape::Kind::other, start + 15, start + 60, {.depth = 2});
    r.stage(number, "step", looptape::Kind::tool, start + 10, start + 60, {.depth = 1});
    r.stage(number, "step", looptape::Kind::tool, start + 70, start + 80, {.depth = 1});
    r.stage(number, "log", looptape::Kind::other, start + 70, start + 70 + late, {.stream = 1, .depth = 0});
    r.request(number, "ask", start, start + 100);
  }
  // Of this one the beginning is missing.
  r.closing.complete_since = 900;
  r.stage(3, "step", looptape::Kind::tool, 810, 850, {.depth = 1});
  r.request(3, "ask", 800, 900);
  const std::string tape = write_tape(folder, "a.tape", r);
  std::map<std::string, json> rows;
  const json document = parsed(looptape::test::looptape({"stages", tape, "--json"}));
  for (const json& row : document["rows"]) rows[row["stage"].get<std::string>()] = row;
  // Twice 50 to begin with; then 0 beside the log's 10 of request 1, and 0 beside its 20 of request 2.
  CHECK(rows["step"]["drag_ns"] == 100);
  CHECK(rows["plan"]["drag_ns"] == 90);
  CHECK(rows["log"]["drag_ns"] == 10);
  CHECK(rows["ask"]["drag_ns"] == 200);
  const std::string human = looptape::test::looptape({"stages", tape}).out;
  std::string of_requests = human.substr(human.find("\nask ") + 1);
  of_requests.resize(of_requests.find('\n'));
  CHECK(of_requests.substr(0, of_requests.find_last_not_of(' ') + 1).ends_with(" %"));
  CHECK(human.find(" %  100 ns\n") != std::string::npos);
  CHECK(human.find("\ndrag: what each stage alone would have saved its request, summed\n") != std::string::npos);
}
