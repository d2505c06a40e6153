// The driver's own judgement: which stage a dump blames, which dumps are new, which questions are asked.

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/tools/demo/temporary_directory.h"
#include "tools/demo/drive/judgement.h"
#include "tools/demo/drive/load.h"
#include "tools/demo/drive/questions.h"
#include "tools/demo/drive/tapes.h"
#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

std::string info(const std::string& request) {
  return R"({"coverage":{},"row":{"trigger":{"kind":"slow_request","request":)" + request + "}}}";
}

std::string stage(const std::string& name, int depth, const std::string& parent, int critical_ns) {
  return R"({"stage":")" + name + R"(","depth":)" + std::to_string(depth) + R"(,"parent":)" + parent +
         R"(,"critical_ns":)" + std::to_string(critical_ns) + "}";
}

std::string request(const std::string& id, const std::string& stages) {
  return R"({"request":")" + id + R"(","duration_ns":1000,"stages":[)" + stages + "]}";
}

// Request 7: no single stage takes more than generate, but all under rerank together do.
const std::string kRequests =
    R"({"coverage":{},"rows":[)" + request("6", stage("ask", 0, "null", 0) + "," + stage("embed", 1, "0", 1000)) + "," +
    request("7", stage("ask", 0, "null", 500) + "," + stage("embed", 1, "0", 50) + "," + stage("rerank", 1, "0", 60) +
                     "," + stage("rerank.queue", 2, "2", 90) + "," + stage("rerank.score", 2, "2", 100) + "," +
                     stage("inner", 3, "4", 30) + "," + stage("generate", 1, "0", 120)) +
    "]}";

using Faults = Judgement::Faults;

Verdict blames(const std::string& id, const std::string& stage) {
  return {id, 1000, {{stage, 900}, {"generate", 100}}};
}

std::vector<Reply> answered(const std::string& id) { return {{id, std::chrono::nanoseconds(1), 200, ""}}; }

// Three phases, of a request each: 1 was calm, 2 disturbed in rerank, 3 in embed.
Judgement after_three_phases() {
  Judgement judgement;
  CHECK(judgement.phase("calm", "", answered("1")).empty());
  CHECK(judgement.phase("hog", "rerank", answered("2")).empty());
  CHECK(judgement.phase("burst", "embed", answered("3")).empty());
  return judgement;
}

}  // namespace

TEST_CASE("the dump's own request is judged, with what lies under each step added to it") {
  const auto verdict = verdict_from(info("\"7\""), kRequests);
  INFO(verdict.error());
  REQUIRE(verdict);
  CHECK(verdict->request == "7");
  CHECK(verdict->duration_ns == 1000);
  REQUIRE(verdict->stages.size() == 3);
  CHECK(verdict->stages[0].stage == "rerank");
  CHECK(verdict->stages[0].critical_ns == 280);
  CHECK(verdict->stages[1].stage == "generate");
  CHECK(verdict->stages[2].stage == "embed");
}

TEST_CASE("a dump that names no request, or one it does not hold, gets no verdict") {
  CHECK_FALSE(verdict_from(info("null"), kRequests));
  CHECK_FALSE(verdict_from(info("\"8\""), kRequests));
  CHECK_FALSE(verdict_from("", kRequests));
  CHECK_FALSE(verdict_from(info("\"7\""), "{\"rows\":[{\"request\":\"7\"}]}"));
}

TEST_CASE("all is well when each disturbed phase left dumps that blame its stage, and the calm one none") {
  Judgement judgement = after_three_phases();
  CHECK(judgement.dump(blames("2", "rerank")).empty());
  CHECK(judgement.dump(blames("3", "embed")).empty());
  CHECK(judgement.dump(blames("3", "embed")).empty());
  CHECK(judgement.counts().empty());
}

TEST_CASE("a dump of the calm phase is a fault, whatever stage it blames and however late it comes") {
  for (const std::string stage : {"rerank", "embed", "generate"}) {
    Judgement judgement = after_three_phases();
    for (const char* id : {"2", "1", "3"}) judgement.dump(blames(id, id[0] == '2' ? "rerank" : "embed"));
    judgement.dump(blames("1", stage));
    CHECK(judgement.counts() == Faults{"the calm phase left a dump"});
  }
}

TEST_CASE("a disturbed phase without a dump of its own is a fault") {
  Judgement judgement = after_three_phases();
  CHECK(judgement.counts() == Faults{"no dump blames a request of: hog", "no dump blames a request of: burst"});
  judgement.dump(blames("3", "embed"));
  judgement.dump(blames("3", "embed"));
  CHECK(judgement.counts() == Faults{"no dump blames a request of: hog"});
}

TEST_CASE("a dump that blames another stage than the disturbed one is a fault, beside others that do not") {
  Judgement judgement = after_three_phases();
  CHECK(judgement.dump(blames("2", "rerank")).empty());
  CHECK(judgement.dump(blames("2", "embed")) == Faults{"it should be rerank"});
  CHECK(judgement.dump(blames("3", "rerank")) == Faults{"it should be embed"});
  CHECK(judgement.dump({"3", 1000, {}}) == Faults{"it should be embed"});
  CHECK(slowest_stage({"3", 1000, {}}) == "none");
}

TEST_CASE("a dump that blames what nobody asked, and a phase with failed requests, are faults") {
  Judgement judgement = after_three_phases();
  CHECK(judgement.dump(blames("4", "rerank")) == Faults{"it blames request 4, which no phase asked"});
  std::vector<Reply> replies = answered("5");
  replies.push_back({"", std::chrono::nanoseconds(1), 502, "no model"});
  CHECK(judgement.phase("more", "embed", replies) == Faults{"requests failed"});
  CHECK(judgement.dump(blames("5", "embed")).empty());
}

TEST_CASE("each dump is new once and nothing but dumps counts") {
  const TemporaryDirectory directory;
  TapeDirectory tapes(directory.path());
  CHECK(tapes.fresh().empty());
  directory.write("20260102T000000Z-b.tape", "");
  directory.write("20260101T000000Z-a.tape", "");
  directory.write("unfinished.tape.tmp", "");
  const auto found = tapes.fresh();
  REQUIRE(found.size() == 2);
  CHECK(found[0].filename() == "20260101T000000Z-a.tape");
  CHECK(tapes.fresh().empty());
  CHECK(TapeDirectory(directory.path() / "missing").fresh().empty());
}

TEST_CASE("distinct questions never repeat and everyday ones do") {
  std::set<std::string> asked;
  for (const Ask& ask : distinct_asks(0, 320)) asked.insert(normalised(ask.question));
  CHECK(asked.size() == 320);
  std::set<std::string> everyday;
  std::set<std::string> tenants;
  for (std::size_t client = 0; client < 3; ++client) {
    const auto asks = everyday_asks(client, 60);
    CHECK(asks.size() == 60);
    for (const Ask& ask : asks) {
      everyday.insert(normalised(ask.question));
      tenants.insert(ask.tenant);
    }
  }
  CHECK(everyday.size() < 50);
  CHECK(tenants.size() == 4);
}

TEST_CASE("a summary tells the median, the slowest and the first failure") {
  using namespace std::chrono_literals;
  const std::vector<Reply> replies = {{"1", 30ms, 200, ""}, {"2", 10ms, 200, ""}, {"", 20ms, 502, "no model"}};
  CHECK(summary(replies) == "3 requests, median 20 ms, slowest 30 ms, 1 failed: no model");
  CHECK(summary({}) == "no requests");
}

}  // namespace looptape::tools::demo
