// `stages` against the text that stock `capnp decode` prints: no code of ours reads the tape there.
#include <catch2/catch.hpp>
#include <random>

#include "tests/tools/program.h"

using namespace looptape;
using namespace looptape::test;

namespace {

// Many requests with legs on several threads that overlap, fail, outlive their parents and lie outside any request.
Recording busy_server() {
  std::mt19937 random(4711);
  const auto below = [&](unsigned n) { return static_cast<std::uint64_t>(random() % n); };
  Recording r;
  r.opening.process.snapshot_tick = 5'000'000;
  r.closing.complete_since = 40'000;
  for (std::uint64_t i = 1; i <= 450; ++i) {
    const std::uint64_t start = i * 10'000, end = start + 2'000 + below(6'000);
    const std::uint64_t retrieve_end = start + 10 + below(800);
    r.stage(i, "retrieve", Kind::retrieve, start + 10, retrieve_end, {.depth = 1});
    r.stage(i, "bm25", Kind::retrieve, start + 12, start + 12 + below(900),
            {.stream = 1, .depth = 0, .parent_start = start + 10});
    r.stage(i, "dense", Kind::retrieve, start + 15, start + 15 + below(900),
            {.stream = 2, .depth = 0, .parent_start = start + 10});
    const std::uint64_t rerank = retrieve_end + 1 + below(20);
    r.stage(i, "score", Kind::rerank, rerank + 5, rerank + 5 + below(500), {.depth = 2});
    r.stage(i, "rerank", Kind::rerank, rerank, rerank + 600 + below(500),
            {.depth = 1, .status = below(20) == 0 ? core::Status::timeout : core::Status::ok});
    r.stage(i, "log", Kind::other, end - 50, end + below(400), {.stream = 3, .depth = 0, .parent_start = start});
    if (i % 50 != 0) r.request(i, "ask", start, end, below(10) == 0 ? core::Status::error : core::Status::ok);
    r.stage(0, "housekeeping", Kind::other, start + 9'000, start + 9'000 + below(99), {.stream = 4, .depth = 0});
  }
  return r;
}

Run recompute(const Folder& folder, const std::string& tape, bool broken) {
  std::vector<std::string> arguments{LOOPTAPE_SOURCE_DIR "/dump/schema/tape.capnp", tape, folder / "stages.json"};
  if (broken) arguments.push_back("--break");
  return run_program(LOOPTAPE_SOURCE_DIR "/tests/tools/recompute_stages.py", arguments);
}

// What `stages` says of the tape agrees with what is recomputed from it, `what` it says of their number included; and a
// figure that is changed is noticed.
void check_agreement(const Folder& folder, const std::string& tape, const std::string& what) {
  const Run stages = test::looptape({"stages", tape, "--status", "all", "--json"});
  REQUIRE(stages.code == 0);
  write_file(folder / "stages.json", stages.out);
  const Run whole = recompute(folder, tape, false);
  INFO(whole.out << whole.err);
  CHECK(whole.code == 0);
  CHECK(whole.out.find(what) != std::string::npos);
  CHECK(recompute(folder, tape, true).code == 1);
}

}  // namespace

TEST_CASE("stages agrees in every figure with what capnp decode prints of the tape") {
  const Folder folder;
  Recording recording = busy_server();
  const std::string tape = write_tape(folder, "busy.tape", recording);
  check_agreement(folder, tape, "8 stages over 3591 rows, 0 differences");
}

TEST_CASE("stages agrees in every figure with what capnp decode prints of a tape that a recorder wrote") {
  const Folder folder;
  const Run server = run_program(LOOPTAPE_TEST_BIN_DIR "/tools.busy_server", {folder.path()});
  INFO(server.err);
  REQUIRE(server.code == 0);
  check_agreement(folder, server.out, "11 stages over 1620 rows, 0 differences");
}
