// Requests and contexts: who they are, where they go, and whose every record is.
#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "looptape/looptape.h"
#include "tests/probes/api_rows.h"

using namespace looptape;
using namespace looptape::dump::testing;

TEST_CASE("a request carries its identity, its external ids and its attributes") {
  RunningEngine engine;
  const std::string header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  std::string onward;
  {
    Request request{
        {.kind = "ask", .tenant = "acme", .user = "ann", .session = "s-1", .parent = Context::parse(header)}};
    CHECK(request.number() == 1);
    request.external("ticket", "4892");
    request.set<"question_tokens">(17);
    Stage<"rerank"> stage;
    onward = Context::current().traceparent().view();
  }
  const Rows rows = engine.rows();
  const auto& root = rows.stage("ask");
  CHECK(root.in.request == 1);
  CHECK((root.flags & core::kStageIsRequest) != 0);
  CHECK(rows.stage("rerank").in.request == 1);
  CHECK(rows.open.names.at(root.site).kind == static_cast<std::uint8_t>(Kind::request));
  const auto set = of_request(rows, 1);
  CHECK(text_of(set, "looptape.tenant") == "acme");
  CHECK(text_of(set, "looptape.session") == "s-1");
  CHECK(text_of(set, "looptape.user").size() == 16);  // a keyed hash
  CHECK(text_of(set, "looptape.user") != "ann");
  CHECK(text_of(set, "looptape.external:ticket") == "4892");
  CHECK(attribute(set, "question_tokens").value == 17);
  CHECK(hex(text_of(set, "looptape.trace_id")) == header.substr(3, 32));
  CHECK(attribute(set, "looptape.parent_span").value == 0x00f067aa0ba902b7u);
  CHECK(attribute(set, "looptape.attributes").value == set.size() - 1);  // so that lost ones show
  // What the next process is told: the same trace, and the stage that was current.
  REQUIRE(onward.size() == 55);
  CHECK(onward.substr(3, 32) == header.substr(3, 32));
  const std::uint64_t span =
      core::span_id(rows.open.process.token[0], rows.stage("rerank").stream, rows.stage("rerank").start);
  CHECK(std::stoull(onward.substr(36, 16), nullptr, 16) == span);
  CHECK(rows.open.open_requests.empty());
}

TEST_CASE("user ids: equal ones stay equal, and are kept or dropped only when asked for") {
  using Policy = core::UserIdPolicy;
  const auto stored = [](Policy policy, std::uint64_t key) {
    RunningEngine engine([&](core::EngineSettings& settings) {
      settings.user_ids = policy;
      settings.user_key = {key, key};
    });
    { Request request{{.kind = "ask", .user = "ann"}}; }
    return text_of(of_request(engine.rows(), 1), "looptape.user");
  };
  CHECK(stored(Policy::kHashed, 1) == stored(Policy::kHashed, 1));
  CHECK(stored(Policy::kHashed, 1) != stored(Policy::kHashed, 2));
  CHECK(stored(Policy::kPlain, 1) == "ann");
  CHECK(stored(Policy::kDropped, 1) == "not there");
}

TEST_CASE("a request that runs stands in the table with its identity, and its stages are open") {
  RunningEngine engine;
  Request request{{.kind = "ask", .tenant = "acme", .session = "s-1"}};
  Stage<"generate"> stage;
  stage.set<"tokens">(3);
  Detached<"in queue"> queued;
  const Rows rows = engine.rows();
  REQUIRE(rows.open.open_requests.size() == 1);
  CHECK(rows.open.open_requests[0].number == 1);
  CHECK(rows.open.open_requests[0].tenant == "acme");
  CHECK(rows.open.open_requests[0].session == "s-1");
  CHECK(rows.name(rows.open.open_requests[0].site) == "ask");
  REQUIRE(rows.open.open_stages.size() == 3);
  CHECK(rows.name(rows.open.open_stages[0].site) == "ask");
  CHECK(rows.name(rows.open.open_stages[1].site) == "generate");
  CHECK(rows.open.open_stages[1].request == 1);
  CHECK(rows.name(rows.open.open_stages[2].site) == "in queue");
  CHECK(rows.open.open_stages[2].detached);
  CHECK(rows.attributes_of(rows.open.open_stages[1].stream, rows.open.open_stages[1].start).size() == 1);
}

TEST_CASE("a trace's flags leave as they came, and a trace that begins here is marked sampled") {
  const auto header = [](const char* flags) {
    return std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-") + flags;
  };
  const auto flags = [](std::string_view traceparent) {
    REQUIRE(traceparent.size() == 55);
    return std::string(traceparent.substr(53));
  };
  // 02: the id was made at random; the standard knows no others, and wants those sent as zero.
  const std::pair<const char*, const char*> cases[] = {{"00", "00"}, {"01", "01"}, {"02", "02"}, {"03", "03"},
                                                       {"ff", "03"}, {"80", "00"}, {"fd", "01"}};
  const auto check = [&] {
    for (const auto& [came, leaves] : cases) {
      INFO("came as " << came);
      const Context parent = Context::parse(header(came));
      CHECK(flags(parent.traceparent()) == leaves);
      Request request{{.kind = "ask", .parent = parent}};
      CHECK(flags(request.traceparent()) == leaves);
      DetachedRequest detached{{.kind = "job", .parent = parent}};
      CHECK(flags(detached.context().traceparent()) == leaves);
    }
  };
  check();  // nothing is recorded: the caller's trace travels on
  RunningEngine engine;
  check();
  Request sampled{{.kind = "ask"}};
  CHECK(flags(sampled.traceparent()) == "01");
  {
    Request request{{.kind = "ask", .parent = Context::parse(header("00"))}};
    Stage<"stage"> stage;
    CHECK(flags(Context::current().traceparent()) == "00");
    const Context here = Context::current();
    std::thread([&] {
      const Adopt adopted{here};
      CHECK(flags(Context::current().traceparent()) == "00");
      Request next{{.kind = "sub", .parent = Context::current()}};
      CHECK(flags(next.traceparent()) == "00");
    }).join();
  }
  CHECK(flags(Context::current().traceparent()) == "01");
}

TEST_CASE("a context taken to another thread: stages there belong to the request and hang under its stage") {
  RunningEngine engine;
  {
    Request request{{.kind = "ask"}};
    Stage<"dense"> stage;
    const Context here = Context::current();
    std::thread([&] {
      name_thread("reranker");
      {
        Adopt adopted{here};
        Stage<"score"> score;
        CHECK(Context::current().request() == 1);
      }
      CHECK(Context::current().empty());
      Stage<"idle"> idle;
    }).join();
  }
  const Rows rows = engine.rows();
  const auto &dense = rows.stage("dense"), &score = rows.stage("score"), &idle = rows.stage("idle");
  CHECK(score.in.request == 1);
  CHECK(score.in.parent_start == dense.start);
  CHECK(score.in.parent_stream == dense.stream);
  CHECK(score.stream != dense.stream);
  CHECK(idle.in == looptape::dump::Context{});
  const auto& owners = rows.stream(score.stream).owners;
  CHECK(owners.back().name == "reranker");
}

TEST_CASE("an adopted context is safe after its request has ended, and nothing of it stays behind") {
  RunningEngine engine;
  Context late;
  {
    Request request{{.kind = "ask"}};
    late = Context::current();
  }
  CHECK(Context::current().empty());
  {
    Adopt adopted{late};
    Stage<"afterwards"> stage;
  }
  { Stage<"outside"> stage; }
  const Rows rows = engine.rows();
  CHECK(rows.stage("afterwards").in.request == 1);
  CHECK(rows.stage("outside").in.request == 0);
}

TEST_CASE("a detached request moves between threads and ends on the last") {
  RunningEngine engine;
  DetachedRequest request{{.kind = "job", .tenant = "acme"}};
  CHECK(Context::current().empty());  // nobody works on it yet
  CHECK(engine.rows().open.open_requests.size() == 1);
  std::thread([moved = std::move(request)]() mutable {
    {
      Adopt adopted{moved.context()};
      Stage<"work"> stage;
    }
    moved.set<"result">(5);
    moved.fail();
  }).join();
  CHECK(request.number() == 0);  // NOLINT: moved from is empty
  const Rows rows = engine.rows();
  const auto& root = rows.stage("job");
  CHECK((root.flags & core::kStageIsRequest) != 0);
  CHECK(root.in.request == 1);
  CHECK(static_cast<Status>(root.status) == Status::error);
  CHECK(rows.stage("work").in.request == 1);
  CHECK(rows.stage("work").in.parent_start == root.start);
  CHECK(attribute(of_request(rows, 1), "result").value == 5);
  CHECK(text_of(of_request(rows, 1), "looptape.tenant") == "acme");
  CHECK(rows.open.open_requests.empty());
}

TEST_CASE("what is done after a detached request has ended is nobody's, also on a thread that had adopted it") {
  RunningEngine engine;
  for (const bool elsewhere : {false, true}) {
    DetachedRequest request{{.kind = "job"}};
    auto work = [moved = std::move(request)]() mutable {
      const Adopt adopted{moved.context()};
      { Stage<"during"> stage; }
      { const DetachedRequest ended = std::move(moved); }
      CHECK(Context::current().request() == 0);
      Stage<"after"> stage;
    };
    if (elsewhere) std::thread(std::move(work)).join();
    if (!elsewhere) work();
  }
  const Rows rows = engine.rows();
  CHECK(rows.open.open_requests.empty());
  for (const auto& stage : rows.stages) {
    INFO(rows.name(stage.site));
    if (rows.name(stage.site) == "during") CHECK(stage.in.request != 0);
    if (rows.name(stage.site) == "after") CHECK(stage.in.request == 0);
  }
}

TEST_CASE("a request that is not recorded carries on the trace of its parent in this process") {
  RunningEngine engine;
  Request parent{{.kind = "ask"}};
  Stage<"calls"> stage;
  const Context here = Context::current();
  const std::string given(here.traceparent().view());
  REQUIRE(given.size() == 55);
  engine->pause();
  const Request child{{.kind = "sub", .parent = here}};
  CHECK(child.number() == 0);
  CHECK(child.traceparent().view() == given);
  const DetachedRequest detached{{.kind = "sub", .parent = here}};
  CHECK(detached.context().traceparent().view() == given);
  engine->resume();
}

TEST_CASE("a request destroyed on another thread ends there, and its own thread works on nothing") {
  RunningEngine engine;
  auto request = std::make_unique<Request>(RequestOptions{.kind = "ask"});
  std::thread([&] { request.reset(); }).join();
  { Stage<"wakes the thread up"> stage; }
  { Stage<"after"> stage; }
  const Rows rows = engine.rows();
  CHECK(rows.stage("ask").in.request == 1);
  CHECK(rows.stage("after").in.request == 0);
  CHECK(rows.stage("after").depth == 0);
  CHECK(rows.open.open_requests.empty());
}
