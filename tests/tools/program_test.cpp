// What people type and what they get: the built program on whole, damaged and missing data.
#include "tests/tools/program.h"

#include <sys/stat.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/run_checks.h"
#include "tests/tools/situations.h"

using namespace looptape::test;
using nlohmann::json;

TEST_CASE("requests lists every request by start, and only the slowest when asked") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const json all = parsed(looptape::test::looptape({"requests", tape, "--json"}));
  REQUIRE(all["rows"].size() == 3);
  CHECK(all["rows"][0]["request"] == "17");
  CHECK(all["rows"][0]["start"] == "2026-11-24T03:00:00.100000000Z");
  CHECK(all["rows"][0]["duration_ns"] == 100'000'000);
  CHECK(all["rows"][0]["status"] == "ok");
  CHECK(all["rows"][0]["tenant"] == "acme");
  CHECK(all["rows"][0]["trace_id"] == "0a111111111111111111111111111117");
  CHECK(all["rows"][0]["external_ids"] == json::parse(R"([{"kind":"ticket","id":"4892"}])"));
  CHECK(all["rows"][1]["status"] == "error");
  CHECK(all["rows"][2]["status"] == "running");
  CHECK(all["rows"][2]["duration_ns"] == 200'000'000);
  CHECK(all["coverage"]["requests"] == 3);
  CHECK(all["coverage"]["requests_running"] == 1);
  const json slowest = parsed(looptape::test::looptape({"requests", "--slowest", "1", tape, "--json"}));
  REQUIRE(slowest["rows"].size() == 1);
  CHECK(slowest["rows"][0]["request"] == "18");
  for (const char* key : {"stage", "start_ns", "duration_ns", "critical_ns", "depth", "status", "attributes"}) {
    CHECK(slowest["rows"][0]["stages"][0].contains(key));
  }
}

TEST_CASE("requests names what most of the time went to: all stages of a name together, or the request itself") {
  const Folder folder;
  looptape::test::Recording recording;
  for (std::uint64_t i = 0; i < 4; ++i)  // 4 × 11 of 100, beside 19 and 37
    recording.stage(1, "search", looptape::Kind::retrieve, 1001 + 20 * i, 1012 + 20 * i, {.depth = 1});
  recording.stage(1, "once", looptape::Kind::retrieve, 1081, 1100, {.depth = 1}).request(1, "ask", 1000, 1100);
  recording.stage(2, "search", looptape::Kind::retrieve, 2010, 2020, {.depth = 1}).request(2, "ask", 2000, 2100);
  const Run run = looptape::test::looptape({"requests", write_tape(folder, "a.tape", recording)});
  INFO(run.out);
  CHECK(run.out.find("search 44 %") != std::string::npos);
  CHECK(run.out.find("ask 90 %") != std::string::npos);
}

TEST_CASE("info says what a recording is, what is missing, and names every counter") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const json row = parsed(looptape::test::looptape({"info", tape, "--json"}))["row"];
  CHECK(row["process"]["service"] == "answers");
  CHECK(row["trigger"]["kind"] == "slow_request");
  CHECK(row["trigger"]["request"] == "18");
  CHECK(row["window_ns"] == 30'000'000'000);
  CHECK(row["reach_ns"] == 1'000'000'000);
  CHECK(row["requests"] == 3);
  CHECK(row["stages"] == 6);
  CHECK(row["attributes"] == 4);  // of 8: not those by which the recorder says whose a request is
  CHECK(row["losses"]["text_cut"] == 3);
  CHECK(row["losses"].size() == looptape::core::kLossCount);
  CHECK(row["triggers"][2]["suppressed"] == 1);
  recording.opening.trigger.name = "a long kind";
  recording.opening.trigger.name_cut = true;
  recording.opening.trigger.kind = static_cast<looptape::core::TriggerKind>(77);  // of a newer version
  const Run unknown = looptape::test::looptape({"info", write_tape(folder, "newer.tape", recording)});
  CHECK(unknown.out.find("a kind this version does not know (77) a long kind") != std::string::npos);
  recording.opening.trigger.kind = looptape::core::TriggerKind::kSlowRequest;
  const std::string cut = write_tape(folder, "cut.tape", recording);
  CHECK(parsed(looptape::test::looptape({"info", cut, "--json"}))["row"]["trigger"]["name"] == "a long kind…");
  CHECK(looptape::test::looptape({"info", cut}).out.find("slow request of kind a long kind…, request") !=
        std::string::npos);
  const Run human = looptape::test::looptape({"info", tape});
  CHECK(human.code == 0);
  for (const char* part :
       {"slow request of kind ask, request 18: it took 400 ms, the limit is 300 ms", "1.0 s held completely",
        "texts of attributes, identities and the process that were cut", "slow request 2 seen, 1 suppressed",
        "1 written by itself, 0 failed", "region 48 MiB", "http-1", "coverage: 3 requests"}) {
    CAPTURE(part);
    CHECK(human.out.find(part) != std::string::npos);
  }
}

TEST_CASE("info says by which clock was recorded, and why") {
  const Folder folder;
  struct Case {
    looptape::core::ClockKind clock;
    std::uint64_t flags;
    const char* said;
  };
  const Case cases[] = {
      {looptape::core::ClockKind::kTsc, 0, "time-stamp counter\n"},
      {looptape::core::ClockKind::kMonotonic, 0, "clock_gettime (as it was set)\n"},
      {looptape::core::ClockKind::kMonotonic, looptape::core::kFlagClockFellBack,
       "clock_gettime (this CPU has no invariant time-stamp counter)\n"},
  };
  for (const Case& one : cases) {
    auto recording = answers();
    recording.opening.process.clock = one.clock;
    recording.opening.process.flags = one.flags;
    const std::string tape = write_tape(folder, std::to_string(&one - cases) + ".tape", recording);
    CAPTURE(one.said);
    CHECK(looptape::test::looptape({"info", tape}).out.find(one.said) != std::string::npos);
    const json row = parsed(looptape::test::looptape({"info", tape, "--json"}))["row"];
    CHECK(row["clock_fell_back"] == (one.flags != 0));
  }
}

TEST_CASE("a directory of services' directories is read whole, and the default directory is LOOPTAPE_DIR") {
  const Folder folder;
  auto first = answers(1), second = answers(7);
  second.opening.process.service = "other";
  write_tape(folder, "answers/a.tape", first);
  write_tape(folder, "other/b.tape", second);
  CHECK(parsed(looptape::test::looptape({"requests", folder.path(), "--json"}))["rows"].size() == 6);
  const Run run = looptape::test::looptape({"requests"}, {"LOOPTAPE_DIR=" + folder.path()});
  CHECK(run.code == 0);
  CHECK(run.out.find("other:4242") != std::string::npos);
  CHECK(parsed(looptape::test::looptape({"info", folder.path(), "--json"}))["rows"].size() == 2);
}

TEST_CASE("a wrong call gets exit code 2 and one line that says what to do") {
  check_refused(looptape::test::looptape({}), 2, {"--help"});
  check_refused(looptape::test::looptape({"nonsense"}), 2, {"nonsense", "--help"});
  check_refused(looptape::test::looptape({"requests", "--nonsense"}), 2, {"--nonsense", "looptape requests --help"});
  check_refused(looptape::test::looptape({"requests", "--slowest", "x"}), 2, {"slowest"});
  check_refused(looptape::test::looptape({"requests", "--slowest", "0"}), 2, {"slowest"});
  check_refused(looptape::test::looptape({"dump", "1", "-o", ""}), 2, {"no file to write"});
  check_refused(looptape::test::looptape({"requests", "--where", "tenant"}), 2, {"KEY=VALUE"});
  check_refused(looptape::test::looptape({"requests", "--since", "yesterday"}), 2, {"yesterday"});
  check_refused(looptape::test::looptape({"requests", "1234"}), 2, {"pid:1234"});
  check_refused(looptape::test::looptape({"requests", "pid:x"}), 2, {"pid:1234"});
  check_refused(looptape::test::looptape({"show"}), 2, {"which request"});
  check_refused(looptape::test::looptape({"show", "a.tape"}), 2, {"source"});
  check_refused(looptape::test::looptape({"show", "abc"}), 2, {"no request id"});
  check_refused(looptape::test::looptape({"stages", "--status", "bad"}), 2, {"status"});
  for (const char* const pid : {"x", "0", "-5", "4.5", "99999999999999999999", ""}) {
    check_refused(looptape::test::looptape({"dump", "--", pid}), 2,
                  {"dump: " + std::string(pid) + " is no process id"});
  }
  check_refused(looptape::test::looptape({"dump", "2147480000"}), 1, {"no process 2147480000"});
  check_refused(looptape::test::looptape({"dump", "1"}), 1, {"process 1 does not record"});
  check_refused(looptape::test::looptape({"dump"}), 2, {"PID"});
  check_refused(looptape::test::looptape({"dump", "1", "2"}), 2, {"2 is too much", "looptape dump --help"});
  for (const char* const last : {"-3s", "0", "0s", "5", "99999999999d", "s"}) {
    check_refused(looptape::test::looptape({"dump", "1", "--last", last}), 2, {"--last " + std::string(last)});
  }
  check_refused(looptape::test::looptape({"requets"}), 2, {"did you mean requests?"});
  check_refused(looptape::test::looptape({"stages", "--stauts", "ok"}), 2, {"did you mean --status?"});
  check_refused(looptape::test::looptape({"show", "17", "18"}), 2, {"one request at a time"});
  check_refused(looptape::test::looptape({"requests", "--slowest", "99999999999999999999999"}), 2, {"no count"});
  check_refused(looptape::test::looptape({"recover", "--all", "x"}), 2, {"--all"});
  check_refused(looptape::test::looptape({"requests", "--since", "-1h..", "--until", "14:05"}), 2, {"both ends"});
  check_refused(looptape::test::looptape({"requests", "--until", "-1h.."}), 2, {"two ends"});
  check_refused(looptape::test::looptape({"stages", "--since", "2026-11-09..2026-11-02"}), 2, {"nothing lies between"});
}

TEST_CASE("data that is not there or not a tape gets exit code 1 and one line") {
  const Folder folder;
  check_refused(looptape::test::looptape({"requests", folder / "none.tape"}), 1, {"none.tape", "no such file"});
  check_refused(looptape::test::looptape({"requests", folder.path()}), 1, {"no tape"});
  check_refused(looptape::test::looptape({"requests"}, {"LOOPTAPE_DIR=" + (folder / "nowhere")}), 1,
                {"does not exist"});
  write_file(folder / "text.tape", "hello, this is no tape at all, though it is called one\n");
  check_refused(looptape::test::looptape({"info", folder / "text.tape"}), 1, {"text.tape"});
  write_file(folder / "empty.tape", "");
  check_refused(looptape::test::looptape({"info", folder / "empty.tape"}), 1, {"empty.tape"});
  check_refused(looptape::test::looptape({"info", "pid:2147480000"}), 1, {"2147480000"});
  REQUIRE(mkfifo((folder / "pipe.tape").c_str(), 0600) == 0);
  check_refused(looptape::test::looptape({"info", folder / "pipe.tape"}), 1, {"neither a file nor a directory"});
}

TEST_CASE("of a damaged tape everything readable is shown, the damage is named, and the exit code is 1") {
  const Folder folder;
  auto recording = answers();
  const std::string bytes = tape_bytes(recording);
  write_file(folder / "cut.tape", bytes.substr(0, bytes.size() * 3 / 4));
  const Run run = looptape::test::looptape({"info", folder / "cut.tape", "--json"});
  CHECK(run.code == 1);
  CHECK(run.error_lines() == 1);
  CHECK(run.err.find("damaged at byte") != std::string::npos);
  CHECK(run.err.find("more place") == std::string::npos);  // a tape that is cut off is so in one place
  CHECK(json::parse(run.out)["coverage"]["damage"].size() == 1);
  CHECK(json::parse(run.out)["coverage"]["records_lost"]["unknown"] == true);
  CHECK(json::parse(run.out)["coverage"]["recordings_cut_short"] == 1);
  const Run info = looptape::test::looptape({"info", folder / "cut.tape"});
  CHECK(info.out.find("reach unknown: the recording is cut short") != std::string::npos);
  const std::size_t spare = bytes.rfind("testhost");
  REQUIRE(spare != bytes.find("testhost"));
  std::string flipped = bytes;
  flipped[bytes.size() / 2] ^= 1;
  write_file(folder / "flipped.tape", flipped);
  const Run part = looptape::test::looptape({"info", folder / "flipped.tape"});
  CHECK(part.out.find("(less: part of it is damaged)") != std::string::npos);
  CHECK(part.out.find("cut short") == std::string::npos);
  CHECK(part.code == 1);
  CHECK(part.out.find("records lost: ") != std::string::npos);
  CHECK(part.out.find("unknown number") == std::string::npos);  // its closing tells how many
  // What is lost with the opening, its spare copy or the index moves no completeness.
  for (const std::size_t place : {std::size_t{80}, spare, bytes.size() - 8}) {
    std::string elsewhere = bytes;
    elsewhere[place] ^= 1;
    write_file(folder / "elsewhere.tape", elsewhere);
    const Run younger = looptape::test::looptape({"info", folder / "elsewhere.tape"});
    CAPTURE(place, younger.err);
    CHECK(younger.code == 1);
    CHECK(younger.err.find("damaged at byte") != std::string::npos);
    CHECK(younger.out.find("1.0 s held completely (less: the process is younger,") != std::string::npos);
  }
  const Run human = looptape::test::looptape({"requests", folder / "cut.tape"});
  CHECK(human.code == 1);
  CHECK(human.out.find("; 1 damaged place\n") != std::string::npos);
  CHECK(human.out.find("no records lost") == std::string::npos);
  CHECK(human.out.find("an unknown number of records lost") != std::string::npos);
}

TEST_CASE("one bad source does not hide the good ones") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const Run run = looptape::test::looptape({"requests", folder / "none.tape", tape, "--json"});
  CHECK(run.code == 1);
  CHECK(run.error_lines() == 1);
  CHECK(json::parse(run.out)["rows"].size() == 3);
}

TEST_CASE("help shows an example for every command, and version says the version") {
  for (const char* command : {"ps", "dump", "recover", "info", "requests", "show", "stages"}) {
    const Run run = looptape::test::looptape({command, "--help"});
    CAPTURE(command);
    CHECK(run.code == 0);
    CHECK(run.out.find(std::string(":\n  looptape ") + command) != std::string::npos);
    CHECK(run.out.find("--json") != std::string::npos);
    CHECK(run.out.ends_with(
        "\n\nExit code: 0 fine, 1 a problem with the data (what is readable was shown), 2 a wrong call\n"));
    std::istringstream lines(run.out);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 104);  // 100 columns, a few signs longer
  }
  CHECK(looptape::test::looptape({"--help"}).out.find("Example:") != std::string::npos);
  for (const std::vector<std::string>& call :
       std::vector<std::vector<std::string>>{{"--help"}, {"completion", "--help"}, {"man", "--help"}})
    CHECK(looptape::test::looptape(call).out.find("\n\nExit code: 0 fine, 1 ") != std::string::npos);
  CHECK(looptape::test::looptape({"recover", "--help"}).out.find("A region is removed once its dump is on the disk") !=
        std::string::npos);
  const Run version = looptape::test::looptape({"--version"});
  CHECK(version.code == 0);
  CHECK(version.out.rfind("looptape 0.", 0) == 0);
}

TEST_CASE("shell completion and manual page come from the same definition and their readers accept them") {
  const Folder folder;
  const Run completion = looptape::test::looptape({"completion", "bash"});
  CHECK(completion.code == 0);
  write_file(folder / "completion",
             completion.out +
                 "COMP_WORDS=(looptape requests --sl) COMP_CWORD=2; _looptape; echo \"${COMPREPLY[*]}\"\n"
                 "COMP_WORDS=(looptape st) COMP_CWORD=1; _looptape; echo \"${COMPREPLY[*]}\"\n"
                 "COMP_WORDS=(looptape stages --status can) COMP_CWORD=3; _looptape; echo \"${COMPREPLY[*]}\"\n"
                 "COMP_WORDS=(looptape completion z) COMP_CWORD=2; _looptape; echo \"${COMPREPLY[*]}\"\n");
  const Run bash = run_program("/bin/bash", {"--norc", folder / "completion"});
  CHECK(bash.out == "--slowest\nstages\ncancelled\nzsh\n");
  CHECK(bash.err.empty());
  const Run page = looptape::test::looptape({"man"});
  CHECK(page.code == 0);
  CHECK(page.out.rfind(".TH LOOPTAPE 1", 0) == 0);
  write_file(folder / "looptape.1", page.out);
  for (const char* part : {"looptape recover", "\\-\\-slowest", "EXIT STATUS"})
    CHECK(page.out.find(part) != std::string::npos);
  const Run rendered =
      run_program("/usr/bin/groff", {"-man", "-ww", "-K", "utf8", "-T", "utf8", folder / "looptape.1"});
  CHECK(rendered.code == 0);
  CHECK(rendered.err == "");
  CHECK(looptape::test::looptape({"completion", "zsh"}).out.find("'--slowest:only the N slowest") != std::string::npos);
  CHECK(looptape::test::looptape({"completion", "fish"}).out.find("-l slowest -r -d 'only the N slowest") !=
        std::string::npos);
  check_refused(looptape::test::looptape({"completion", "tcsh"}), 2, {"tcsh", "bash, zsh, fish"});
}

TEST_CASE("output that cannot be written is a problem and not a success") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const Run run =
      run_program("/bin/sh", {"-c", "exec " LOOPTAPE_BIN_DIR "/looptape requests '" + tape + "' > /dev/full"});
  CHECK(run.code == 1);
  CHECK(run.err.find("cannot write") != std::string::npos);
}

TEST_CASE("there is no colour where there is no terminal") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  for (const char* command : {"requests", "stages", "info"}) {
    CHECK(looptape::test::looptape({command, tape}).out.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("output goes through the pager when that is asked for and stdout is a terminal") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const std::string requests = LOOPTAPE_BIN_DIR "/looptape requests '" + tape + "'";
  const std::vector<std::string> pager{"PAGER=sed s/^/paged:/", "NO_COLOR=1"};
  const auto on_a_terminal = [&](const std::string& command) {
    return run_program("/usr/bin/script", {"-qec", command, "/dev/null"}, pager);
  };
  const Run paged = on_a_terminal(requests + " --pager");
  CHECK(paged.code == 0);
  CHECK(paged.out.starts_with("paged:"));
  CHECK(paged.out.find("\npaged:coverage: ") != std::string::npos);
  CHECK(on_a_terminal(requests).out.find("paged:") == std::string::npos);
  CHECK(run_program("/bin/sh", {"-c", requests + " --pager"}, pager).out.find("paged:") == std::string::npos);
}
