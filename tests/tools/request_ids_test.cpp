// Which request an id means: numbers, trace ids and their beginnings; what is ambiguous or unknown.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/program.h"
#include "tests/tools/run_checks.h"
#include "tests/tools/situations.h"

using namespace looptape::test;
using nlohmann::json;

TEST_CASE("an id that several processes know is ambiguous, and one line names the candidates") {
  const Folder folder;
  auto first = answers(1), second = answers(7);
  second.opening.process.pid = 4343;
  write_tape(folder, "a.tape", first);
  write_tape(folder, "b.tape", second);
  check_refused(looptape::test::looptape({"show", folder.path(), "17"}), 1,
                {"17 means 2 requests: 17 of answers pid 4242 (", "; 17 of answers pid 4343 ("});
}

TEST_CASE("what requests prints of a trace id, and any other beginning that one request alone has, is its id") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const std::string shown = looptape::test::looptape({"requests", tape}).out;
  CHECK(shown.find(" 0a11111111111111\n") != std::string::npos);
  for (const char* const id : {"0a11111111111111", "0a111111", "0A111111", "0a111111111111111111111111111117"}) {
    CAPTURE(id);
    CHECK(parsed(looptape::test::looptape({"show", tape, id, "--json"}))["row"]["request"] == "17");
  }
  check_refused(looptape::test::looptape({"show", tape, "0a11111"}), 2, {"at least 8 digits of a trace id"});
  const Run help = looptape::test::looptape({"show", "--help"});
  CHECK(help.out.find("the first 8 or more") != std::string::npos);
}

TEST_CASE("a beginning of digits alone is a trace id's when no request has that number") {
  const Folder folder;
  auto recording = answers();
  recording.text(18, "looptape.trace_id", std::string("\x12\x34\x56\x78") + std::string(12, '\x11'),
                 looptape::core::ValueType::kBytes);
  const std::string tape = write_tape(folder, "a.tape", recording);
  CHECK(parsed(looptape::test::looptape({"show", tape, "12345678", "--json"}))["row"]["request"] == "18");
}

TEST_CASE("a beginning that several trace ids have is ambiguous, and one line names them") {
  const Folder folder;
  auto recording = answers();
  for (int more = 0; more < 8; ++more) {
    const std::uint64_t number = 30 + static_cast<std::uint64_t>(more), start = 900'000'000 + number;
    recording.request(number, "ask", start, start + 10)
        .text(number, "looptape.trace_id", trace_id(0x0a, static_cast<unsigned char>(0x20 + more)),
              looptape::core::ValueType::kBytes);
  }
  const std::string tape = write_tape(folder, "a.tape", recording);
  check_refused(looptape::test::looptape({"show", tape, "0a11111111111111"}), 1,
                {"0a11111111111111 means 9 requests: 17 of ", "trace 0a111111111111111111111111111117",
                 "trace 0a111111111111111111111111111120", "; and 1 more; name one by"});
  CHECK(looptape::test::looptape({"show", tape, "0a111111111111111111111111111120"}).code == 0);
}

TEST_CASE("an unknown request gets one line with what is near it") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  check_refused(looptape::test::looptape({"show", tape, "20"}), 1, {"no request 20", "19 18 17"});
  check_refused(looptape::test::looptape({"show", tape, "ticket=4890"}), 1, {"ticket=4892"});
  check_refused(looptape::test::looptape({"show", tape, "0a111112"}), 1, {"0a111111111111111111111111111117"});
}
