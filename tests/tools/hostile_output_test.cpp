// Every hostile string in every place a recording has for text, through every command in both forms.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/hostile_strings.h"
#include "tests/tools/program.h"

using namespace looptape;
using namespace looptape::test;
using nlohmann::json;

namespace {

// A request named, owned, attributed and staged by one text.
void add_request(Recording& r, std::uint64_t number, const std::string& text) {
  const std::uint64_t start = number * 1000;
  r.stage(number, text, Kind::rerank, start + 1, start + 400, {.depth = 1, .attributes = 1});
  r.stage_text(0, start + 1, text, text);
  r.request(number, text, start, start + 500)
      .text(number, "looptape.tenant", text)
      .text(number, "looptape.user", text)
      .text(number, "looptape.session", text)
      .text(number, "looptape.external:" + text, text)
      .text(number, text, text)
      .text(number, "blob", text, core::ValueType::kBytes)
      .event(number, text, start + 100, 1);
}

Recording hostile_recording(const std::vector<std::string>& strings) {
  Recording r;
  for (std::size_t i = 0; i < strings.size(); ++i) add_request(r, i + 1, strings[i]);
  return r;
}

// The process's own texts and the thread's name; one text per recording.
Recording hostile_process(const std::string& text, std::uint64_t token) {
  Recording r(text, token);
  r.opening.process.host = text;
  r.opening.process.version = text;
  r.opening.process.recorder = text;
  r.opening.trigger.name = text;
  r.thread(0, text, 7);
  r.open_request(2, text, 100, text);
  add_request(r, 1, text);
  return r;
}

void check_harmless(const Run& run, const std::string& what) {
  CAPTURE(what);
  CHECK(harm(run.out) == "");
  CHECK(harm(run.err) == "");
}

// Of each `step`th string alone: four commands are started for each.
void check_process_texts(std::size_t step) {
  const Folder folder;
  const auto strings = hostile_strings();
  for (std::size_t i = 0; i < strings.size(); i += step) {
    CAPTURE(i);
    Recording recording = hostile_process(strings[i], i + 1);
    const std::string tape = write_tape(folder, "one.tape", recording);
    check_harmless(test::looptape({"info", tape}), "info");
    const Run listed = test::looptape({"info", tape, "--json"});
    check_harmless(listed, "info --json");
    CHECK_NOTHROW(json::parse(listed.out));
    check_harmless(test::looptape({"show", tape, "1"}), "show");
    const Run machine = test::looptape({"show", tape, "1", "--json"});
    check_harmless(machine, "show --json");
    if (valid_utf8(strings[i])) CHECK(json::parse(machine.out)["row"]["process"]["service"] == strings[i]);
  }
}

// Of each `step`th string that can be an argument: four commands are started for each.
void check_arguments(std::size_t step) {
  const Folder folder;
  Recording recording;
  recording.request(1, "ask", 100, 200).text(1, "looptape.external:t", "1");
  const std::string tape = write_tape(folder, "a.tape", recording);
  std::size_t i = 0;
  for (const std::string& text : hostile_strings()) {
    if (text.find('\0') != std::string::npos || ++i % step != 0) continue;
    for (const std::vector<std::string>& call :
         {std::vector<std::string>{"show", tape, "t=" + text},
          std::vector<std::string>{"requests", "./" + text + ".tape"},
          std::vector<std::string>{"requests", tape, "--where", text}, std::vector<std::string>{text}}) {
      CAPTURE(i);
      const Run run = test::looptape(call);
      check_harmless(run, call.back());
      CHECK(run.error_lines() <= 1);
    }
  }
}

}  // namespace

TEST_CASE("hostile names, identities and attributes leave every command harmless") {
  const Folder folder;
  const auto strings = hostile_strings();
  Recording recording = hostile_recording(strings);
  const std::string tape = write_tape(folder, "hostile.tape", recording);
  for (const char* command : {"requests", "stages", "info"}) {
    const Run human = test::looptape({command, tape});
    CHECK(human.code == 0);
    check_harmless(human, command);
    const Run machine = test::looptape({command, tape, "--json"});
    check_harmless(machine, std::string(command) + " --json");
    CHECK_NOTHROW(json::parse(machine.out));
  }
}

TEST_CASE("in JSON a hostile string that is valid UTF-8 comes back as it was, everywhere it stands") {
  const Folder folder;
  const auto strings = hostile_strings();
  Recording recording = hostile_recording(strings);
  const std::string tape = write_tape(folder, "hostile.tape", recording);
  const json rows = json::parse(test::looptape({"requests", tape, "--json"}).out)["rows"];
  REQUIRE(rows.size() == strings.size());
  std::size_t compared = 0;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    const std::string& text = strings[i];
    if (!valid_utf8(text)) continue;
    ++compared;
    const json& row = rows[i];
    CAPTURE(i);
    CHECK(row["tenant"] == text);
    CHECK(row["user"] == text);
    CHECK(row["session"] == text);
    CHECK(row["kind"] == text);
    CHECK(row["external_ids"][0]["kind"] == text);
    CHECK(row["external_ids"][0]["id"] == text);
    CHECK(row["attributes"][text] == text);
    CHECK(row["stages"][1]["stage"] == text);
    CHECK(row["stages"][1]["attributes"][text] == text);
    CHECK(row["events"][0]["event"] == text);
  }
  CHECK(compared >= 150);
}

// All of them are in the list of recordings, below.
TEST_CASE("show of a hostile request and hostile process texts are harmless in both forms") { check_process_texts(7); }

TEST_CASE("show of every hostile request and process text is harmless in both forms", "[slow]") {
  check_process_texts(1);
}

TEST_CASE("all hostile process texts at once: the list of recordings is harmless") {
  const Folder folder;
  const auto strings = hostile_strings();
  for (std::size_t i = 0; i < strings.size(); ++i) {
    Recording recording = hostile_process(strings[i], i + 1);
    write_tape(folder, std::to_string(1000 + i) + ".tape", recording);
  }
  for (const char* command : {"info", "requests", "stages"}) {
    check_harmless(test::looptape({command, folder.path()}), command);
    const Run machine = test::looptape({command, folder.path(), "--json"});
    check_harmless(machine, command);
    CHECK_NOTHROW(json::parse(machine.out));
  }
  check_harmless(test::looptape({"show", folder.path(), "1"}), "candidates");
}

TEST_CASE("hostile arguments and file names come back harmless in the one line that refuses them") {
  check_arguments(5);
}

TEST_CASE("every hostile argument and file name comes back harmless in the one line that refuses it", "[slow]") {
  check_arguments(1);
}
