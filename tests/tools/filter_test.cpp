// --where, --since and --until: which requests a view is about.
#include "tests/tools/program.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/run_checks.h"
#include "tests/tools/situations.h"

using namespace looptape::test;
using nlohmann::json;

TEST_CASE("requests filters by tenant, status, external id, attribute, stage attribute and time") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const auto numbers = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"requests", tape, "--json"});
    std::vector<std::string> result;
    const json document = parsed(looptape::test::looptape(options));
    for (const json& row : document["rows"]) result.push_back(row["request"]);
    return result;
  };
  using Numbers = std::vector<std::string>;
  CHECK(numbers({"--where", "tenant=acme"}) == Numbers{"17", "19"});
  CHECK(numbers({"--where", "tenant=acme", "--where", "status!=running"}) == Numbers{"17"});
  CHECK(numbers({"--where", "ticket=4893"}) == Numbers{"18"});
  CHECK(numbers({"--where", "route=/ask"}) == Numbers{"17"});
  CHECK(numbers({"--where", "rerank.candidates=40"}) == Numbers{"17"});
  CHECK(numbers({"--since", "2026-11-24T03:00:00.300Z", "--until", "2026-11-24T03:00:00.800Z"}) == Numbers{"18"});
  CHECK(numbers({"--since", "-36500d"}).size() == 3);  // a hundred years ago
  CHECK(numbers({"--since", "2026-11-24T03:00:00.300Z..2026-11-24T03:00:00.800Z"}) == Numbers{"18"});
  CHECK(numbers({"--since", "2026-11-24T03:00:00.5Z±250ms"}) == Numbers{"18"});
  CHECK(numbers({"--since", "2026-11-23..2026-11-25"}).size() == 3);
  CHECK(numbers({"--since", "..2026-11-24T03:00:00.2Z"}) == Numbers{"17"});
  CHECK(numbers({"--since", "-36500d..", "--where", "tenant=acme"}).size() == 2);
}

namespace {

// Two recordings of three requests each, and a command that reads both.
struct TwoTapes {
  Run run(std::vector<std::string> options, const char* command = "requests") const {
    options.insert(options.begin(), {command, first, second});
    return looptape::test::looptape(options);
  }
  std::string written(const char* name, std::uint64_t token) const {
    auto recording = answers(token);
    return write_tape(folder, name, recording);
  }
  const Folder folder;
  const std::string first = written("a.tape", 1), second = written("b.tape", 7);
};

}  // namespace

TEST_CASE("a key of --where that no request has is named once, with those like it that exist") {
  const TwoTapes tapes;
  const std::pair<const char*, const char*> cases[] = {
      {"tenat", "; near it: tenant\n"},
      {"tikcet", "; near it: ticket\n"},
      {"candidates", "; near it: rerank.candidates\n"},  // of a stage
      {"rerank.candidate", "; near it: rerank.candidates\n"},
      {"route.x", "; near it: route\n"},
      {"zzz", "; `looptape requests --help` says what KEY may be\n"},
  };
  for (const auto& [key, advice] : cases) {
    const Run wrong = tapes.run({"--where", std::string(key) + "=1"});
    CAPTURE(key, wrong.err);
    CHECK(wrong.code == 1);
    CHECK(wrong.err ==
          std::string("looptape: requests: --where ") + key + ": no request in what was read has that" + advice);
    CHECK(wrong.out.find("6 more left out by the conditions") != std::string::npos);
  }
  // Asked for twice is said once; all others are there, whatever their value.
  const Run several = tapes.run({"--where", "tenat=1", "--where", "tenat!=2", "--where", "route=/nowhere", "--where",
                                 "rerank.candidates=0", "--where", "ticket=1", "--where", "user=x"},
                                "stages");
  CHECK(several.code == 1);
  CHECK(several.error_lines() == 2);  // the other one: no user is called x
  CHECK(several.err.find("stages: --where tenat:") != std::string::npos);
  for (const char* const there : {"route=/nowhere", "looptape.tenant=x", "ticket=0", "rerank.candidates=0", "pid!=0"}) {
    CAPTURE(there);
    const Run fine = tapes.run({"--where", there});
    CHECK(fine.code == 0);
    CHECK(fine.err.empty());
  }
  // That nothing lies in the time that was asked for says nothing of a key that exists.
  CHECK(tapes.run({"--where", "route=/ask", "--since", "2100-01-01"}).err.find("--where") == std::string::npos);
  Recording nothing("answers");
  const std::string empty = write_tape(tapes.folder, "empty/c.tape", nothing);
  CHECK(looptape::test::looptape({"requests", empty, "--where", "tenat=1"}).code == 0);
}

TEST_CASE("a value that no request has is said to be so, with those like it that exist, and changes no exit code") {
  const TwoTapes tapes;
  const std::string nobody = ": no request in what was read has that value";
  const std::pair<const char*, std::string> cases[] = {
      {"tenant=acmee", "; near it: acme\n"},
      {"tenant=ACME", "; near it: acme\n"},
      {"tenant=zzz", "\n"},
      {"kind=as", "; near it: ask\n"},
      {"service=answer", "; near it: answers\n"},
      {"host=testhots", "; near it: testhost\n"},
      {"version=1.2.4", "; near it: 1.2.3\n"},
      {"pid=4243", "; near it: 4242\n"},
      {"session=s", "\n"},
      {"user=jo", "; user ids are kept as hashes unless the recorder was told otherwise\n"},
  };
  for (const auto& [condition, advice] : cases) {
    const Run wrong = tapes.run({"--where", condition});
    CAPTURE(condition, wrong.err);
    CHECK(wrong.code == 0);
    CHECK(wrong.err == std::string("looptape: requests: --where ") + condition + nobody + advice);
    CHECK(wrong.out.find("6 more left out by the conditions") != std::string::npos);
  }
  CHECK(tapes.run({"--request-kind", "aks"}, "stages").err == "looptape: stages: --request-kind aks" + nobody + "\n");
  CHECK(tapes.run({"--request-kind", "asks"}).err ==
        "looptape: requests: --request-kind asks" + nobody + "; near it: ask\n");
  // Said once; and not of what somebody has, even in another time, nor of what is to be left out.
  CHECK(tapes.run({"--where", "tenant=acmee", "--where", "tenant=acmee"}).error_lines() == 1);
  for (const char* const there : {"tenant=globex", "kind=ask", "pid=4242", "tenant!=nobody", "route=/nowhere"}) {
    CAPTURE(there);
    CHECK(tapes.run({"--where", there}).err.empty());
  }
  CHECK(tapes.run({"--where", "tenant=globex", "--since", "2100-01-01"}).err.find("--where") == std::string::npos);
  Recording nothing("answers");
  const std::string empty = write_tape(tapes.folder, "empty/c.tape", nothing);
  CHECK(looptape::test::looptape({"requests", empty, "--where", "tenant=acmee"}).err.empty());
}

TEST_CASE("a status that no request can have is refused, and those that there are are named") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  for (const char* const command : {"requests", "stages"}) {
    check_refused(looptape::test::looptape({command, tape, "--where", "status=bogus"}), 2,
                  {std::string(command) + ": --where status=bogus: bogus is none of ok, error, cancelled, timeout, "
                                          "blocked, exception, running, incomplete\n"});
  }
  check_refused(looptape::test::looptape({"requests", tape, "--where", "status!=OK"}), 2, {"OK is none of"});
  CHECK(looptape::test::looptape({"requests", tape, "--where", "status=blocked"}).code == 0);
  CHECK(looptape::test::looptape({"requests", tape, "--where", "status=status 9"}).code == 0);  // of a newer version
}

TEST_CASE("what is shown of a trace id, and any beginning of 8 digits or more, chooses its requests") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  const auto numbers = [&](const std::string& condition) {
    const json document = parsed(looptape::test::looptape({"requests", tape, "--json", "--where", condition}));
    std::string result;
    for (const json& row : document["rows"]) result += row["request"].get<std::string>() + " ";
    return result;
  };
  for (const char* const id : {"0a111111", "0A111111", "0a11111111111111", "0A111111111111111111111111111117"}) {
    CAPTURE(id);
    CHECK(numbers(std::string("trace_id=") + id) == "17 ");
    CHECK(numbers(std::string("trace_id!=") + id) == "18 19 ");
  }
  CHECK(numbers("trace_id=0c111111").empty());
  CHECK(numbers("trace_id=") == "19 ");  // those that have none
  CHECK(numbers("trace_id=00000000").empty());
  for (const char* const id : {"0a11111", "0a11111x", "0a1111111111111111111111111111171"}) {
    check_refused(looptape::test::looptape({"stages", tape, "--where", std::string("trace_id=") + id}), 2,
                  {std::string("stages: --where trace_id=") + id + ": ", "at least 8 of its 32 hex digits"});
  }
}

TEST_CASE("a time of which nothing is covered is said to be so, and never shown as one in which nothing happened") {
  const Folder folder;
  auto recording = answers();
  const std::string tape = write_tape(folder, "a.tape", recording);
  for (const char* const command : {"requests", "stages"})
    for (const char* const outside : {"2020-01-01..2020-01-02", "2100-01-01"}) {
      CAPTURE(command, outside);
      const Run run = looptape::test::looptape({command, tape, "--since", outside});
      CHECK(run.code == 1);
      CHECK(run.error_lines() == 1);
      CHECK(run.err.find("nothing of the time asked for is covered: complete ") != std::string::npos);
    }
  CHECK(looptape::test::looptape({"requests", tape, "--since", "2026-11-24T03:00:00.9Z"}).code == 0);
}

TEST_CASE("what found no room to be recorded is never told as nothing lost") {
  const Folder folder;
  auto recording = answers();
  recording.opening.counters.losses[static_cast<std::size_t>(looptape::core::Loss::kNoSlot)] = 16;
  const std::string tape = write_tape(folder, "a.tape", recording);
  const Run run = looptape::test::looptape({"requests", tape});
  CHECK(run.out.find("not recorded: 16 calls of threads that found no slot") != std::string::npos);
  CHECK(run.out.find("no records lost") == std::string::npos);
}
