// What does not fit, comes too late or is switched off: counted, cut or left out, and never in the way.
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "looptape/looptape.h"
#include "tests/probes/api_rows.h"

using namespace looptape;
using namespace looptape::dump::testing;
using core::Loss;

TEST_CASE("text longer than its limit is cut between characters, keeps its length, and is counted") {
  RunningEngine engine;
  const std::string text = std::string(47, 'x') + "\xc3\xa9 and more";
  {
    Request request{{.kind = "ask", .tenant = text}};
    request.set<"on_request">(text);
    request.external("ticket", text);
    Stage<"stage"> stage;
    stage.set<"on_stage">(text);
    stage.set<"exact">(std::string(48, 'y'));
    Detached<"detached"> detached;
    detached.set<"on_detached">(text);
  }
  const Rows rows = engine.rows();
  unsigned cut = 0;
  for (const Rows::Attribute& one : rows.attributes) {
    if (one.stored != std::string(47, 'x')) continue;
    ++cut;
    CHECK(one.value == text.size());  // more than is stored: the mark
  }
  CHECK(cut == 5);
  CHECK(engine.loss(Loss::kTextCut) == 5);
  CHECK(rows.open.counters.losses[static_cast<std::size_t>(Loss::kTextCut)] == 5);
  unsigned exact = 0;
  for (const Rows::Attribute& one : rows.attributes)
    exact += one.name == "exact" && one.length == 48 && one.value == 48;
  CHECK(exact == 1);
}

TEST_CASE("identities longer than their limit are cut, marked and counted, of running requests as well") {
  RunningEngine engine([](core::EngineSettings& settings) { settings.user_ids = core::UserIdPolicy::kPlain; });
  const std::string tenant(60, 't'), session(49, 's'), user(70, 'u');
  {
    Request request{{.kind = "ask", .tenant = tenant, .user = user, .session = session}};
    CHECK(engine.loss(Loss::kTextCut) == 3);
    Request whole{{.kind = "ask", .tenant = "t", .user = std::string(48, 'u'), .session = "s"}};
    const Rows rows = engine.rows();
    REQUIRE(rows.open.open_requests.size() == 2);
    CHECK(rows.open.open_requests[0].cut == (core::kTenantCut | core::kSessionCut | core::kUserCut));
    CHECK(rows.open.open_requests[1].cut == 0);
  }
  const auto set = of_request(engine.rows(), 1);
  CHECK((attribute(set, "looptape.tenant").length == 48 && attribute(set, "looptape.tenant").value == 60));
  CHECK((attribute(set, "looptape.session").length == 48 && attribute(set, "looptape.session").value == 49));
  CHECK((attribute(set, "looptape.user").length == 48 && attribute(set, "looptape.user").value == 70));
  CHECK(attribute(of_request(engine.rows(), 2), "looptape.user").value == 48);
  CHECK(engine.loss(Loss::kTextCut) == 3);
}

TEST_CASE("an external id's kind that is too long is cut, marked and counted like any name") {
  RunningEngine engine;
  {
    Request request{{.kind = "ask"}};
    request.external(std::string(200, 'k'), "1");
  }
  CHECK(engine.loss(Loss::kNameCut) == 1);
  const Rows rows = engine.rows();
  const std::string kept = "looptape.external:" + std::string(core::kMaxNameBytes - 18, 'k');
  const auto name = std::find_if(rows.open.names.begin(), rows.open.names.end(),
                                 [&](const dump::Name& one) { return one.text == kept; });
  REQUIRE(name != rows.open.names.end());
  CHECK(name->flags == core::kNameFlagCut);
}

TEST_CASE("a thread's name that is too long is cut, marked and counted") {
  RunningEngine engine;
  name_thread("0123456789abcde\xc3\xa9");  // the last character does not fit whole
  CHECK(engine.loss(Loss::kNameCut) == 1);
  { Stage<"stage"> stage; }
  const auto owner = [](const Rows& rows) { return rows.close.streams.at(0).owners.back(); };
  CHECK(owner(engine.rows()).name == "0123456789abcde");
  CHECK(owner(engine.rows()).name_cut);
  CHECK(owner(decode(engine.outside())).name_cut);
  // Later chunks say it in their keyframes.
  for (int i = 0; i < 100'000; ++i) event<"fill">(i);
  for (int i = 0; i < 300'000; ++i) event<"fill">(i);
  CHECK(owner(engine.rows()).name_cut);
  name_thread("short");
  CHECK(owner(engine.rows()).name == "short");
  CHECK_FALSE(owner(engine.rows()).name_cut);
  CHECK(engine.loss(Loss::kNameCut) == 1);
}

TEST_CASE("service, host and version that are too long are cut between characters, marked and counted") {
  RunningEngine engine([](core::EngineSettings& settings) {
    settings.region.host = std::string(62, 'h') + "\xc3\xa9";
    settings.region.version = std::string(64, 'v');
  });
  const Rows rows = engine.rows();
  CHECK(engine.loss(Loss::kTextCut) == 2);
  CHECK(rows.open.process.host == std::string(62, 'h'));
  CHECK(rows.open.process.version == std::string(63, 'v'));
  CHECK((rows.open.process.flags & (core::kFlagServiceCut | core::kFlagHostCut | core::kFlagVersionCut)) ==
        (core::kFlagHostCut | core::kFlagVersionCut));
}

TEST_CASE("a name that a thread gave itself before there is a recorder, or while it is paused, is kept") {
  std::thread([] {
    name_thread("early");
    RunningEngine engine;
    { Stage<"stage"> stage; }
    CHECK(engine.rows().close.streams.at(0).owners.back().name == "early");
    engine->pause();
    name_thread("while paused");
    CHECK(engine.rows().close.streams.at(0).owners.back().name == "early");
    engine->resume();
    { Stage<"another"> stage; }
    CHECK(engine.rows().close.streams.at(0).owners.back().name == "while paused");
    engine.stop();
    name_thread("between");
    RunningEngine next;
    event<"event">();
    CHECK(next.rows().close.streams.at(0).owners.back().name == "between");
  }).join();
}

TEST_CASE("stages nested deeper than there is room are counted, and those around them are whole") {
  RunningEngine engine;
  {
    std::vector<std::unique_ptr<Stage<"level">>> levels;
    for (unsigned i = 0; i < core::kMaxDepth; ++i) levels.push_back(std::make_unique<Stage<"level">>());
    {
      Stage<"too deep"> stage;
      stage.set<"ignored">(1);
      Request request{{.kind = "deep request"}};
      Stage<"too deep as well"> inner;
    }
    while (!levels.empty()) levels.pop_back();
  }
  { Stage<"after"> stage; }
  const Rows rows = engine.rows();
  unsigned found = 0;
  for (const auto& stage : rows.stages) found += stage.name == "level";
  CHECK(found == core::kMaxDepth);
  CHECK(engine.loss(Loss::kTooDeep) == 3);
  CHECK(rows.stage("deep request").in.request == 1);  // a request is never dropped for depth
  CHECK(rows.stage("after").depth == 0);
  CHECK(rows.stage("after").in.request == 0);
  CHECK(rows.damages.empty());
}

TEST_CASE("more requests than the table holds are recorded all the same, and counted") {
  RunningEngine engine([](core::EngineSettings& settings) { settings.region.max_in_flight = 16; });
  {
    std::vector<DetachedRequest> requests;
    for (int i = 0; i < 20; ++i) requests.emplace_back(RequestOptions{.kind = "job", .tenant = "t"});
    CHECK(engine.rows().open.open_requests.size() == 16);
  }
  const Rows rows = engine.rows();
  CHECK(engine.loss(Loss::kFlightFull) == 4);
  unsigned ended = 0;
  for (const auto& stage : rows.stages) ended += stage.name == "job";
  CHECK(ended == 20);
  CHECK(text_of(of_request(rows, 20), "looptape.tenant") == "t");
  CHECK(rows.open.open_requests.empty());
  {
    DetachedRequest again{{.kind = "job"}};
    CHECK(engine.rows().open.open_requests.size() == 1);
  }
}

TEST_CASE("more threads than slots: what they record is counted as missing, and slots that come free are taken") {
  RunningEngine engine([](core::EngineSettings& settings) { settings.region.max_threads = 1; });
  { Stage<"mine"> stage; }
  std::thread([] {
    for (int i = 0; i < 10; ++i) Stage<"not recorded"> stage;
  }).join();
  CHECK(engine.loss(Loss::kNoSlot) == 10);
  CHECK(engine.rows().stages.size() == 1);
}

TEST_CASE("while paused nothing begins, and what had begun is finished") {
  RunningEngine engine;
  {
    Request request{{.kind = "ask"}};
    auto begun = std::make_unique<Stage<"begun">>();
    engine->pause();
    { Stage<"while paused"> stage; }
    event<"while paused">();
    Detached<"while paused"> detached;
    detached.end();
    {
      Request paused{{.kind = "while paused"}};
      CHECK(paused.number() == 0);
    }
    begun.reset();
    const Rows paused = engine.rows();
    CHECK(paused.open.process.paused_at != 0);
    CHECK(paused.open.process.paused_at <= paused.open.process.snapshot_tick);
    engine->resume();
    { Stage<"resumed"> stage; }
  }
  const Rows rows = engine.rows();
  CHECK(rows.stages.size() == 3);
  CHECK(rows.points.empty());
  CHECK(rows.stage("begun").in.request == 1);
  CHECK(rows.stage("resumed").in.request == 1);
  CHECK(rows.open.process.paused_at == 0);
  CHECK(rows.close.complete_since == rows.open.process.resumed_at);  // not since it began
  CHECK(rows.close.complete_since > rows.stage("begun").start);
}

TEST_CASE("what belongs to an earlier recorder is not recorded by the next") {
  auto first = std::make_unique<RunningEngine>();
  auto stage = std::make_unique<Stage<"of the first">>();
  auto request = std::make_unique<Request>(RequestOptions{.kind = "of the first"});
  auto detached = std::make_unique<DetachedRequest>(RequestOptions{.kind = "of the first"});
  auto waiting = std::make_unique<Detached<"of the first">>();
  first.reset();
  RunningEngine second;
  Request own{{.kind = "of the second"}};
  request->set<"stray">(1);  // the bug that was: it went to this recorder's request of the same number
  request->external("stray", "x");
  detached->set<"stray">(1);
  waiting->set<"stray">(1);
  stage->set<"stray">(1);
  const std::string too_long(500, 'x');
  request->set<"stray">(too_long);
  detached->set<"stray">(too_long);
  waiting->set<"stray">(too_long);
  stage->set<"stray">(too_long);
  stage.reset();
  request.reset();
  detached.reset();
  waiting.reset();
  const Rows rows = second.rows();
  CHECK(rows.stages.empty());
  CHECK(rows.attributes.empty());
  CHECK(rows.open.open_stages.size() == 1);
  CHECK(second.loss(Loss::kTextCut) == 0);  // nothing of it was kept, so nothing was cut
}

TEST_CASE("a context kept from an earlier recorder names no request of the next") {
  Context kept;
  {
    RunningEngine first;
    Request request{{.kind = "of the first"}};
    kept = Context::current();
  }
  RunningEngine second;
  {
    Request own{{.kind = "of the second"}};
    const Context before = Context::current();
    CHECK(kept.traceparent().view().empty());
    {
      const Adopt foreign{kept};
      Stage<"under a strange context"> stage;
    }
    CHECK(Context::current().traceparent().view() == before.traceparent().view());
    Stage<"after it"> stage;
  }
  const Rows rows = second.rows();
  CHECK(rows.stage("under a strange context").in.request == 0);
  CHECK(rows.stage("after it").in.request == 1);
}

TEST_CASE("without a recorder every call is harmless") {
  Request request{{.kind = "ask", .tenant = "t"}};
  request.external("ticket", "1");
  request.set<"n">(1);
  Stage<"stage"> stage;
  stage.set<"n">("text");
  stage.fail();
  Sequence steps;
  steps.next<"one">();
  steps.set<"n">(1);
  Detached<"detached"> detached;
  detached.set<"n">(1);
  DetachedRequest moved{{.kind = "job"}};
  event<"event">(1);
  Counter<"counter">::add();
  Gauge<"gauge">::set(1);
  name_thread("nobody");
  Adopt adopted{Context::current()};
  CHECK(request.number() == 0);
  CHECK(Context::current().empty());
  CHECK(Context::current().traceparent().empty());
  // The caller's trace travels on all the same.
  Request passing{{.kind = "ask", .parent = Context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")}};
  CHECK(passing.context().traceparent().view() == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}
