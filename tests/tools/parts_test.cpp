// Many recordings of a process, read part by part: everything once, in its most complete form; and what stands outside
// requests.
#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/tools/program.h"
#include "tests/tools/run_checks.h"
#include "tests/tools/situations.h"

using namespace looptape::test;
using nlohmann::json;

namespace {

constexpr std::uint64_t kMs = 1'000'000;

// The `index`-th recording of a process that answers a request every 100 ms, each 150 ms long, counts them and does
// something of its own beside.  A recording is taken every 500 ms and is complete for 800 ms: neighbours overlap.  It
// holds older rows as well, as a ring does that is overwritten by whole chunks: what was passed on comes again.
Recording recording_of(std::uint64_t index) {
  Recording r("steady", 3);
  const std::uint64_t taken = (index + 1) * 500 * kMs, since = taken > 800 * kMs ? taken - 800 * kMs : 0;
  const std::uint64_t oldest = taken > 1900 * kMs ? taken - 1900 * kMs : 0;
  r.opening.process.snapshot_tick = taken;
  r.opening.process.last = {taken, taken, kWallZero + taken};
  r.closing.complete_since = since;
  r.thread(0, "worker", 7).thread(1, "other", 8);
  for (std::uint64_t number = 1; number * 100 * kMs <= taken; ++number) {
    const std::uint64_t start = number * 100 * kMs, end = start + 150 * kMs;
    if (start == taken || end < oldest) continue;
    const auto stream = static_cast<std::uint16_t>(number % 2);
    if (end > taken) {
      r.open_request(number, "ask", start, "acme", stream);
      continue;
    }
    Recording::StageOptions options;
    options.stream = stream;
    r.stage(number, "retrieve", looptape::Kind::retrieve, start + 1, start + 50 * kMs, options);
    r.stage_number(stream, start + 1, "k", number);
    r.request(number, "ask", start, end, looptape::core::Status::ok, stream);
    r.text(number, "looptape.tenant", "acme");
    r.event(number, "retry", start + 10, number, stream);
    r.point("asked", looptape::core::RecordType::kCounter, start, 2);
    r.point("queue_depth", looptape::core::RecordType::kGauge, start, number);
    r.point("reloaded", looptape::core::RecordType::kEvent, start + 5, number);
    r.stage(0, "housekeeping", looptape::Kind::other, end - kMs, end, options);
  }
  return r;
}

struct Recordings {
  explicit Recordings(std::uint64_t count) {
    // Names that say nothing of the order.
    for (std::uint64_t i = 0; i < count; ++i) {
      auto recording = recording_of(i);
      write_tape(folder, std::string(1, static_cast<char>('z' - i)) + ".tape", recording);
    }
  }
  json run(std::vector<std::string> arguments) const {
    arguments.push_back("--json");
    arguments.insert(arguments.begin() + 1, folder.path());
    return parsed(looptape::test::looptape(arguments));
  }
  Folder folder;
};

}  // namespace

TEST_CASE("of many overlapping recordings every request is listed once, whole, and in order") {
  const Recordings many(8);
  const json document = many.run({"requests"});
  // 4 000 ms: the last one that began did so at 3 900 ms.
  REQUIRE(document["rows"].size() == 39);
  for (std::size_t i = 0; i < 39; ++i) {
    const json& row = document["rows"][i];
    const std::uint64_t number = i + 1;
    CHECK(row["request"] == std::to_string(number));
    CHECK(row["status"] == (number > 38 ? "running" : "ok"));
    CHECK(row["whole"] == true);
    if (number > 38) continue;
    REQUIRE(row["stages"].size() == 2);
    CHECK(row["stages"][1]["attributes"]["k"] == number);
    CHECK(row["events"].size() == 1);
    CHECK(row["tenant"] == "acme");
  }
  CHECK(document["coverage"]["requests"] == 39);
  CHECK(document["coverage"]["requests_running"] == 1);
}

TEST_CASE("of many overlapping recordings every stage is counted once") {
  const Recordings many(8);
  const json stages = many.run({"stages"});
  unsigned of_38 = 0;
  for (const json& row : stages["rows"])
    of_38 += (row["stage"] == "retrieve" || row["stage"] == "housekeeping") && row["count"] == 38;
  CHECK(of_38 == 2);
  CHECK(stages["rows"].size() == 3);
  const json slowest = many.run({"requests", "--slowest", "2"});
  CHECK(slowest["rows"].size() == 2);
  CHECK(many.run({"show", "7"})["row"]["stages"].size() == 2);
  CHECK(many.run({"info"})["rows"].size() == 8);
}

TEST_CASE("info shows counters, gauges and events outside requests, each step once") {
  const Recordings many(8);
  const json points = many.run({"info"})["coverage"]["points"];
  REQUIRE(points.size() == 3);
  std::set<std::string> kinds;
  for (const json& point : points) kinds.insert(point["kind"].get<std::string>());
  CHECK(kinds == std::set<std::string>{"counter", "event", "gauge"});
  for (const json& point : points) {
    CHECK(point["steps"] == 38);
    if (point["kind"] == "counter") {
      CHECK(point["sum"] == 76);
      CHECK(point["per_second"] == 19);
      CHECK(point["per_second_of_ns"] == 4'000'000'000);
    }
    if (point["kind"] == "gauge") {
      CHECK(point["last"] == 38);
      CHECK(point["least"] == 1);
      CHECK(point["most"] == 38);
    }
    if (point["kind"] == "event") CHECK(point["last"] == 38);
  }
  const Run human = looptape::test::looptape({"info", many.folder.path()});
  CHECK(human.out.find("queue_depth  gauge") != std::string::npos);
  // 76 in 4 s.
  CHECK(human.out.find(" 76          19 ") != std::string::npos);
}

TEST_CASE("the sum of a counter is right however far it goes, and said in digits where 64 bits do not hold it") {
  const Folder folder;
  Recording recording("sums", 9);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  for (const std::uint64_t at : {10, 11}) {
    recording.point("up", looptape::core::RecordType::kCounter, at, kMost);
    recording.point("down", looptape::core::RecordType::kCounter, at, ~kMost);
    recording.point("back", looptape::core::RecordType::kCounter, at, at == 10 ? kMost : ~kMost);
  }
  const std::string tape = write_tape(folder, "a.tape", recording);
  json points;
  const json document = parsed(looptape::test::looptape({"info", tape, "--json"}));
  for (const json& point : document["coverage"]["points"]) points[point["name"].get<std::string>()] = point;
  CHECK(points["up"]["sum"].is_null());
  CHECK(points["up"]["sum_text"] == "18446744073709551614");
  CHECK(points["up"]["per_second"] == 18446744073709551614.0);
  CHECK(points["down"]["sum"].is_null());
  CHECK(points["down"]["sum_text"] == "-18446744073709551616");
  CHECK(points["back"]["sum"] == -1);
  CHECK(!points["back"].contains("sum_text"));
  const std::string human = looptape::test::looptape({"info", tape}).out;
  CHECK(human.find("  18446744073709551614   1.845·10^19 ") != std::string::npos);
}

TEST_CASE("what is per second is so of the time that is covered, and nothing where none is") {
  const Folder folder;
  Recording recording("rates", 9);
  constexpr std::uint64_t kMicrosecond = 1000;
  const auto row_of = [&](const char* name, const char* file) {
    const std::string tape = write_tape(folder, file, recording);
    const json document = parsed(looptape::test::looptape({"info", tape, "--json"}));
    for (const json& point : document["coverage"]["points"])
      if (point["name"] == name) return point;
    return json();
  };
  // Two steps 2 µs apart, in a recording that covers a second.
  recording.point("lost", looptape::core::RecordType::kCounter, 500 * kMs, static_cast<std::uint64_t>(-1));
  recording.point("lost", looptape::core::RecordType::kCounter, 500 * kMs + 2 * kMicrosecond, 3);
  recording.point("once", looptape::core::RecordType::kEvent, 600 * kMs, 5);
  recording.point("sent_bytes", looptape::core::RecordType::kCounter, 100 * kMs, 3'000'000);
  recording.point("sent_bytes", looptape::core::RecordType::kCounter, 700 * kMs, 3'000'001);
  CHECK(row_of("lost", "a.tape")["per_second"] == 2);
  CHECK(row_of("once", "a.tape")["per_second"] == 1);
  // Of half of it: an idle thread's old step is part of the sum, and of no rate.
  recording.closing.complete_since = 500 * kMs;
  json sent = row_of("sent_bytes", "b.tape");
  CHECK(sent["sum"] == 6'000'001);
  CHECK(sent["per_second"] == 6'000'002);
  CHECK(sent["per_second_of_ns"] == 500 * kMs);
  CHECK(looptape::test::looptape({"info", folder / "b.tape"}).out.find(" 5.7 MiB     5.7 MiB") != std::string::npos);
  // Of nothing.
  recording.closing.complete_since = recording.opening.process.snapshot_tick;
  CHECK(row_of("lost", "c.tape")["per_second"].is_null());
  CHECK(looptape::test::looptape({"info", folder / "c.tape"}).out.find("PER SECOND") == std::string::npos);
  for (const char* const part : {"PER SECOND is by how much", "sum_text"}) {
    CHECK(looptape::test::looptape({"info", "--help"}).out.find(part) != std::string::npos);
  }
}

TEST_CASE("two processes that count side by side count together in the time of both") {
  const Folder folder;
  for (const std::uint64_t token : {3, 5}) {
    Recording recording("pair", token);
    for (const std::uint64_t at : {1, 2, 3})
      recording.point("asked", looptape::core::RecordType::kCounter, at * kMs, 10);
    if (token == 5) recording.opening.process.first.wall_ns += 500 * kMs;  // half a second later
    write_tape(folder, std::to_string(token) + ".tape", recording);
  }
  const json document = parsed(looptape::test::looptape({"info", folder.path(), "--json"}));
  const json& point = document["coverage"]["points"][0];
  CHECK(point["sum"] == 60);
  CHECK(point["per_second_of_ns"] == 1'500 * kMs);
  CHECK(point["per_second"] == 40);
}

TEST_CASE("of dozens of counters those with most steps are shown, and all when that is asked") {
  const Folder folder;
  Recording recording("busy", 9);
  for (int i = 0; i < 30; ++i) {
    for (int step = 0; step <= i; ++step)
      recording.point("counter_" + std::to_string(i), looptape::core::RecordType::kCounter, 1000 + step, 1);
  }
  const std::string tape = write_tape(folder, "a.tape", recording);
  const std::string some = looptape::test::looptape({"info", tape}).out;
  CHECK(some.find("counter_29") != std::string::npos);
  CHECK(some.find("counter_9 ") == std::string::npos);
  CHECK(some.find("10 more names; --all shows them") != std::string::npos);
  CHECK(looptape::test::looptape({"info", tape, "--all"}).out.find("counter_9 ") != std::string::npos);
}
