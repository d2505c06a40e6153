// `looptape show`: one request, its waterfall, and what it would have been without a stage.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/program.h"
#include "tests/tools/run_checks.h"
#include "tests/tools/situations.h"

using namespace looptape::test;
using nlohmann::json;

namespace {

// What `show` says of drag in words, of a request whose dense and sparse retrieval end at these times, in ms.
std::string drag_said(std::uint64_t dense_end, std::uint64_t sparse_end, bool ended = true) {
  constexpr std::uint64_t kMs = 1'000'000;
  const Folder folder;
  Recording r;
  r.opening.process.snapshot_tick = 120 * kMs;
  r.stage(1, "dense", looptape::Kind::retrieve, 1, dense_end * kMs, {.stream = 1, .depth = 0, .parent_start = 1});
  r.stage(1, "sparse", looptape::Kind::retrieve, 1, sparse_end * kMs, {.stream = 2, .depth = 0, .parent_start = 1});
  r.stage(1, "retrieve", looptape::Kind::retrieve, 1, std::max(dense_end, sparse_end) * kMs, {.depth = 1});
  r.stage(1, "generate", looptape::Kind::generate, 90 * kMs, 120 * kMs, {.depth = 1});
  ended ? r.request(1, "ask", 0, 120 * kMs) : r.open_request(1, "ask", 0);
  const Run run = looptape::test::looptape({"show", write_tape(folder, "a.tape", r), "1"});
  std::istringstream lines(run.out.substr(run.out.find("drag: ")));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  return line.starts_with("coverage") ? "" : line;
}

}  // namespace

TEST_CASE("show gives the critical path as parts that sum to the duration") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  for (const char* const id : {"17", "0a111111", "0A111111111111111111111111111117", "ticket=4892"}) {
    const json row = parsed(looptape::test::looptape({"show", tape, id, "--json"}))["row"];
    CHECK(row["request"] == "17");
    std::int64_t sum = 0;
    for (const json& stage : row["stages"]) sum += stage["critical_ns"].get<std::int64_t>();
    CHECK(sum == 100'000'000);
    CHECK(row["stages"][2]["stage"] == "rerank");
    CHECK(row["stages"][2]["critical_ns"] == 20'000'000);
    CHECK(row["stages"][2]["drag_ns"] == 10'000'000);
    CHECK(row["stages"][1]["slack_ns"] == 10'000'000);
    CHECK(row["stages"][2]["attributes"]["candidates"] == 40);
    CHECK(row["stages"][2]["thread"] == "rerank-1");
    CHECK(row["stages"][2]["depth"] == 1);
    CHECK(row["attributes"]["route"] == "/ask");
  }
}

TEST_CASE("show draws a waterfall that ends with its coverage") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const Run run = looptape::test::looptape({"show", tape, "17"});
  CHECK(run.code == 0);
  CHECK(run.err.empty());
  CHECK(run.out ==
        "request 17  ask  ok  100 ms  2026-11-24T03:00:00.100Z\n"
        "trace 0a111111111111111111111111111117  tenant acme  ticket=4892\n"
        "service answers  pid 4242  host testhost  version 1.2.3\n"
        "route=/ask\n"
        "\n"
        "STAGE       TIME                              START  DURATION  CRITICAL   SHARE   DRAG  SLACK   SELF  STATUS  "
        "KIND      THREAD        ATTRIBUTES\n"
        "ask         █░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   0 ns    100 ms      1 ns  <0.1 %                 1 ns  ok      "
        "request   http-1 100    \n"
        "  retrieve  ██████████████████████████░░░      1 ns     90 ms     80 ms    80 %         10 ms  90 ms  ok      "
        "retrieve  http-1 100    \n"
        "  rerank                             ███████  80 ms     20 ms     20 ms    20 %  10 ms         20 ms  ok      "
        "rerank    rerank-1 101  candidates=40\n"
        "█ on the critical path: the parts sum to the duration   ░ running beside it\n"
        "drag: without the stage the request would have taken so much less   slack: so much later the stage could have "
        "ended at no cost\n"
        "retrieve has 80 ms of the critical path, but without it the request would have taken no less; without rerank "
        "10 ms less\n"
        "coverage: 1 request of 1 process in 1 recording; complete 2026-11-24T03:00:00.000Z to "
        "2026-11-24T03:00:01.000Z (1.0 s); "
        "no records lost\n");
}

TEST_CASE("show says figures as people do, and the JSON keeps them exact") {
  const Folder folder;
  auto recording = answers();
  const auto score = std::bit_cast<std::uint64_t>(0.6375874479611715);
  recording.stage_number(1, 180'000'000, "best_score", score, looptape::core::ValueType::kFloat);
  recording.stage_number(1, 180'000'000, "first_token_ns", 61'000'000);
  recording.stage_number(1, 180'000'000, "answer_bytes", 320, looptape::core::ValueType::kUnsigned);
  const std::string tape = write_tape(folder, "a.tape", recording);
  const Run human = looptape::test::looptape({"show", tape, "17"});
  CHECK(human.out.find("candidates=40 best_score=0.637587 first_token_ns=61 ms answer_bytes=320 B\n") !=
        std::string::npos);
  const json attributes =
      parsed(looptape::test::looptape({"show", tape, "17", "--json"}))["row"]["stages"][2]["attributes"];
  CHECK(attributes["best_score"] == 0.6375874479611715);
  CHECK(attributes["first_token_ns"] == 61'000'000);
  // Both what is shown and what is exact may be asked for.
  for (const char* const condition : {"rerank.best_score=0.637587", "rerank.best_score=0.6375874479611715",
                                      "rerank.first_token_ns=61 ms", "rerank.first_token_ns=61000000"}) {
    CHECK(parsed(looptape::test::looptape({"requests", tape, "--where", condition, "--json"}))["rows"].size() == 1);
  }
}

TEST_CASE("show says of which stages the critical path is no measure, and nothing where it is one") {
  CHECK(drag_said(60, 80) ==
        "sparse has 80 ms of the critical path, but without it the request would have taken only 20 ms less; without "
        "generate 30 ms less");
  CHECK(drag_said(80, 10) ==
        "dense has 80 ms of the critical path, but without it the request would have taken only 70 ms less");
  // 73 of 80 ms are all but the whole; of one that still runs nothing is known.
  CHECK(drag_said(80, 7) == "");
  CHECK(drag_said(60, 80, false) == "");
}

TEST_CASE("show says nothing in words of stages that are not a tenth of the request") {
  const Folder folder;
  Recording r;
  r.stage(1, "dense", looptape::Kind::retrieve, 1, 5, {.stream = 1, .depth = 0});
  r.stage(1, "sparse", looptape::Kind::retrieve, 1, 8, {.stream = 2, .depth = 0});
  r.request(1, "ask", 0, 100);
  const Run run = looptape::test::looptape({"show", write_tape(folder, "a.tape", r), "1"});
  CHECK(run.out.find("at no cost\ncoverage") != std::string::npos);
}

TEST_CASE("show has no drag, no slack and no word of them of a request with nothing in it") {
  const Folder folder;
  Recording r;
  r.request(1, "ask", 0, 100);
  const Run run = looptape::test::looptape({"show", write_tape(folder, "a.tape", r), "1"});
  CHECK(run.out.find("SELF") != std::string::npos);
  for (const char* const word : {"DRAG", "SLACK", "drag", "slack"}) CHECK(run.out.find(word) == std::string::npos);
}
