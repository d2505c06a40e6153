// Tables on a terminal: no line is wider than it, nothing that matters is lost, and elsewhere nothing changes.
#include <catch2/catch.hpp>

#include "tests/tools/program.h"
#include "tests/tools/situations.h"
#include "tools/escape.h"

using namespace looptape::test;

namespace {

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    widest = std::max(widest, looptape::tools::display_width(line));
  }
  return widest;
}

// Without spaces and line ends: what a reader has read, however it was broken into lines.
std::string joined(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

// One request whose stage has many attributes, in several scripts.
Recording wide() {
  auto r = answers();
  constexpr std::uint64_t kMs = 1'000'000;
  for (int i = 0; i < 12; ++i) r.stage_number(1, 180 * kMs, "attribute_" + std::to_string(i), 1'000'000 + i);
  r.stage_text(1, 180 * kMs, "wide", "質問に答える前に文書を並べ替える");
  r.stage_text(1, 180 * kMs, "marks", "e\u0301e\u0301e\u0301 na\u0308ive");
  return r;
}

}  // namespace

TEST_CASE("no line of any view is wider than the terminal") {
  const Folder folder;
  auto recording = wide();
  const std::string tape = write_tape(folder, "a.tape", recording);
  for (const std::vector<std::string>& call : std::vector<std::vector<std::string>>{
           {"show", tape, "17"}, {"requests", tape}, {"stages", tape, "--status", "all"}, {"info", tape}, {"ps"}}) {
    for (const unsigned short columns : {20, 40, 60, 80, 100, 132, 250}) {
      const Run run = looptape_on_terminal(columns, call);
      CAPTURE(columns, run.out);
      CHECK(run.code == 0);
      CHECK(run.out.find("coverage:") != std::string::npos);
      CHECK(widest_line(run.out) <= columns);
    }
  }
}

TEST_CASE("every attribute can be read at every width") {
  const Folder folder;
  auto recording = wide();
  const std::string tape = write_tape(folder, "a.tape", recording);
  for (const unsigned short columns : {60, 80, 100, 132, 250}) {
    const std::string seen = joined(looptape_on_terminal(columns, {"show", tape, "17"}).out);
    CAPTURE(columns);
    CHECK(seen.find("candidates=40") != std::string::npos);
    CHECK(seen.find("wide=質問に答える前に文書を並べ替える") != std::string::npos);
    for (int i = 0; i < 12; ++i) {
      // Beside the row they may be broken inside by other columns; below it they stand whole.
      if (columns < 132) CHECK(seen.find("attribute_" + std::to_string(i) + "=") != std::string::npos);
    }
  }
}

TEST_CASE("figures and times are never cut, however narrow the terminal is") {
  const Folder folder;
  auto recording = answers();
  // Minutes and seconds, and a counter of many digits.
  recording.opening.process.snapshot_tick = 400'000'000'000;
  recording.opening.process.last = {400'000'000'000, 400'000'000'000, kWallZero + 400'000'000'000};
  recording.stage(20, "a.stage.with.a.rather.long.name", looptape::Kind::other, 100'000'000'001, 285'000'000'000,
                  {.depth = 1});
  recording.request(20, "ask", 100'000'000'000, 285'000'000'000);
  recording.point("asked", looptape::core::RecordType::kCounter, 5, 1234567890123456);
  const std::string tape = write_tape(folder, "a.tape", recording);
  const auto check = [&](const std::vector<std::string>& call, const std::vector<const char*>& values) {
    for (unsigned short columns = 20; columns <= 160; columns = static_cast<unsigned short>(columns + 7)) {
      const Run run = looptape_on_terminal(columns, call);
      const std::string seen = joined(run.out);
      for (const char* const value : values) {
        CAPTURE(columns, value, run.out);
        CHECK(seen.find(value) != std::string::npos);
      }
    }
  };
  check({"requests", tape}, {"2026-11-24T03:00:00.100Z", "2026-11-24T03:01:40.000Z", "100ms", "3min05s", "error"});
  check({"stages", tape, "--status", "all"}, {"3min05s", "notenough", "370ms", "390ms", "0.2%"});
  check({"show", tape, "20"}, {"request20ask", "3min05s", "2026-11-24T03:01:40.000Z", "100%"});
  check({"info", tape}, {"1234567890123456", "3086000000000", "2026-11-24T03:06:40.000Z"});
}

TEST_CASE("the bar shrinks with the terminal") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const auto cells = [&](unsigned short columns) {
    const std::string out = looptape_on_terminal(columns, {"show", tape, "17"}).out;
    const std::size_t begin = out.find("█"), end = out.find(' ', begin);
    return looptape::tools::display_width(out.substr(begin, end - begin));
  };
  CHECK(cells(250) == 32);
  CHECK(cells(70) < 32);
  CHECK(cells(70) >= 10);
}

TEST_CASE("COLUMNS wins over the terminal, and is nothing to a pipe") {
  const Folder folder;
  auto recording = wide();
  const std::string tape = write_tape(folder, "a.tape", recording);
  CHECK(widest_line(looptape_on_terminal(200, {"show", tape, "17"}, {"COLUMNS=90"}).out) <= 90);
  CHECK(widest_line(looptape_on_terminal(90, {"show", tape, "17"}, {"COLUMNS=nonsense"}).out) <= 90);
  const std::string piped = looptape::test::looptape({"show", tape, "17"}).out;
  CHECK(looptape::test::looptape({"show", tape, "17"}, {"COLUMNS=60"}).out == piped);
  CHECK(widest_line(piped) > 250);
}
