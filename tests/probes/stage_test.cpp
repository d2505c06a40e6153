// Every call that makes stages and instants is decoded to what was meant by it.
#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "looptape/looptape.h"
#include "tests/probes/api_rows.h"

using namespace looptape;
using namespace looptape::dump::testing;
using core::Loss;
using core::ValueType;

namespace {

enum class Colour : std::uint8_t { red = 7 };

}  // namespace

TEST_CASE("stages nest, and their attributes keep their types") {
  RunningEngine engine;
  {
    Stage<"outer", Kind::retrieve> outer;
    outer.set<"candidates">(40);
    {
      Stage<"inner"> inner;
      inner.set<"score">(0.5);
      inner.set<"hit">(true);
      inner.set<"size">(std::size_t{1} << 40);
      inner.set<"delta">(-3);
      inner.set<"colour">(Colour::red);
      inner.set<"model">("tiny");
      inner.set<"none">(std::string());
      inner.set<"null">(static_cast<const char*>(nullptr));
      inner.set<"nothing">(nullptr);
    }
    outer.set<"late">(1u);
    outer.fail(Status::timeout);
  }
  const Rows rows = engine.rows();
  const auto &outer = rows.stage("outer"), &inner = rows.stage("inner");
  CHECK(outer.depth == 0);
  CHECK(inner.depth == 1);
  CHECK(rows.open.names.at(outer.site).kind == static_cast<std::uint8_t>(Kind::retrieve));
  CHECK(static_cast<Status>(outer.status) == Status::timeout);
  CHECK(static_cast<Status>(inner.status) == Status::ok);
  CHECK((outer.start < inner.start && end_of(inner) <= end_of(outer)));
  CHECK(outer.attributes == 2);
  CHECK(outer.lost_attributes == 0);
  const auto set = rows.attributes_of(inner.stream, inner.start);
  REQUIRE(set.size() == 9);
  CHECK(attribute(set, "score").type == ValueType::kFloat);
  CHECK(std::bit_cast<double>(attribute(set, "score").value) == 0.5);
  CHECK((attribute(set, "hit").type == ValueType::kBool && attribute(set, "hit").value == 1));
  CHECK(
      (attribute(set, "size").type == ValueType::kUnsigned && attribute(set, "size").value == std::uint64_t{1} << 40));
  CHECK((attribute(set, "delta").type == ValueType::kSigned &&
         static_cast<std::int64_t>(attribute(set, "delta").value) == -3));
  CHECK((attribute(set, "colour").type == ValueType::kUnsigned && attribute(set, "colour").value == 7));
  CHECK((attribute(set, "model").stored == "tiny" && attribute(set, "model").value == 4));
  CHECK((attribute(set, "none").stored.empty() && attribute(set, "none").type == ValueType::kText));
  CHECK((attribute(set, "null").stored.empty() && attribute(set, "null").type == ValueType::kText));
  CHECK(rows.attributes_of(outer.stream, outer.start).size() == 2);
  CHECK(rows.damages.empty());
}

TEST_CASE("a detached stage ends on another thread, with attributes from both") {
  RunningEngine engine;
  {
    Request request{{.kind = "ask"}};
    Detached<"queued", Kind::wait> queued;
    queued.set<"position">(4);
    std::thread([moved = std::move(queued)]() mutable {
      moved.set<"worker">("w1");
      moved.fail(Status::cancelled);
      moved.end();
      moved.end();  // ended is ended
    }).join();
  }
  const Rows rows = engine.rows();
  const auto& queued = rows.stage("queued");
  CHECK(queued.in.request == 1);
  CHECK(queued.stream == rows.stage("ask").stream);
  CHECK(queued.recorded_by != queued.stream);
  CHECK(static_cast<Status>(queued.status) == Status::cancelled);
  CHECK(queued.attributes == 2);
  CHECK(queued.lost_attributes == 0);
  CHECK(rows.attributes_of(queued.stream, queued.start).size() == 2);
  CHECK(rows.open.open_stages.empty());
}

TEST_CASE("the steps of a sequence share their boundaries exactly") {
  RunningEngine engine;
  {
    Sequence steps;
    steps.next<"one">();
    steps.set<"n">(1);
    steps.next<"two">();
    steps.fail();
    steps.next<"three">();
  }
  const Rows rows = engine.rows();
  const auto &one = rows.stage("one"), &two = rows.stage("two"), &three = rows.stage("three");
  CHECK(end_of(one) == two.start);
  CHECK(end_of(two) == three.start);
  CHECK((one.depth == 0 && two.depth == 0 && three.depth == 0));
  CHECK(static_cast<Status>(two.status) == Status::error);
  CHECK(static_cast<Status>(three.status) == Status::ok);
  CHECK(rows.attributes_of(one.stream, one.start).size() == 1);
}

TEST_CASE("so do the steps between which a chunk was full") {
  RunningEngine engine;
  const std::size_t steps_in_two_chunks = 2 * engine->region.chunk_bytes() / 16;
  {
    Sequence steps;
    for (std::size_t i = 0; i < steps_in_two_chunks; ++i) steps.next<"step">();
  }
  const Rows rows = engine.rows();
  std::map<std::uint64_t, std::uint64_t> ends;
  for (const auto& stage : rows.stages) ends[stage.start] = end_of(stage);
  CHECK(ends.size() == steps_in_two_chunks);
  std::size_t apart = 0;
  for (auto step = ends.begin(); step != ends.end() && std::next(step) != ends.end(); ++step)
    apart += step->second != std::next(step)->first;
  CHECK(apart == 0);
}

TEST_CASE("a scope left by an exception says so, one that merely meets a caught one does not") {
  RunningEngine engine;
  try {
    Request request{{.kind = "ask"}};
    Stage<"thrown"> stage;
    try {
      Stage<"caught outside"> inner;
      throw std::runtime_error("a");
    } catch (const std::runtime_error&) {
    }
    { Stage<"calm"> calm; }
    Stage<"explicit"> said;
    said.fail(Status::blocked);
    throw std::runtime_error("b");
  } catch (const std::runtime_error&) {
    Stage<"handler"> stage;
  }
  const Rows rows = engine.rows();
  const auto status = [&](const char* name) { return static_cast<Status>(rows.stage(name).status); };
  CHECK(status("thrown") == Status::exception);
  CHECK(status("ask") == Status::exception);
  CHECK(status("caught outside") == Status::exception);
  CHECK(status("calm") == Status::ok);
  CHECK(status("handler") == Status::ok);
  CHECK(status("explicit") == Status::blocked);
}

TEST_CASE("stages that end out of order keep their own times, depths and attributes") {
  RunningEngine engine;
  auto first = std::make_unique<Stage<"first">>();
  auto second = std::make_unique<Stage<"second">>();
  first->set<"a">(1);
  second->set<"b">(2);
  first.reset();
  { Stage<"between"> stage; }
  second->set<"c">(3);
  second.reset();
  { Stage<"after"> stage; }
  const Rows rows = engine.rows();
  const auto &one = rows.stage("first"), &two = rows.stage("second");
  CHECK((one.depth == 0 && two.depth == 1));
  CHECK((one.start < two.start && end_of(one) < end_of(two)));
  CHECK(rows.attributes_of(one.stream, one.start).size() == 1);
  CHECK(rows.attributes_of(two.stream, two.start).size() == 2);
  CHECK(rows.stage("between").depth == 2);
  CHECK(rows.stage("after").depth == 0);
  CHECK(rows.close.lost_attributes == 0);
}

// The bug that was: the request that ended first was put back, dead, when the second one ended.
TEST_CASE("requests and adopted contexts that end out of order never leave the thread in one that has ended") {
  RunningEngine engine;
  const auto begin = [](const char* kind) { return std::make_unique<Request>(RequestOptions{.kind = kind}); };
  const auto now = [] { return Context::current().request(); };
  {
    auto first = begin("first"), second = begin("second");
    first.reset();
    CHECK(now() == 2);
    { Stage<"while the second runs"> stage; }
    second.reset();
    CHECK(Context::current().empty());
    { Stage<"after both ended"> stage; }
  }
  {
    auto third = begin("third"), fourth = begin("fourth"), fifth = begin("fifth"), sixth = begin("sixth");
    fifth.reset();
    fourth.reset();
    CHECK(now() == 6);
    sixth.reset();
    CHECK(now() == 3);  // the nearest that still runs
    { Stage<"back in the third"> stage; }
    third.reset();
    CHECK(Context::current().empty());
  }
  {
    DetachedRequest seventh{{.kind = "seventh"}}, eighth{{.kind = "eighth"}};
    auto one = std::make_unique<Adopt>(seventh.context()), other = std::make_unique<Adopt>(eighth.context());
    auto ninth = begin("ninth");
    one.reset();
    CHECK(now() == 9);
    other.reset();
    CHECK(now() == 9);
    ninth.reset();
    CHECK(Context::current().empty());
  }
  const Rows rows = engine.rows();
  CHECK(rows.stage("while the second runs").in.request == 2);
  CHECK(rows.stage("after both ended").in.request == 0);
  CHECK(rows.stage("back in the third").in.request == 3);
  CHECK(rows.open.open_requests.empty());
  CHECK(rows.open.open_stages.empty());
}

TEST_CASE("requests that end in any order, many at a time: the current one runs, or there is none") {
  RunningEngine engine;
  std::vector<std::unique_ptr<Request>> running;
  std::mt19937 random(7);
  const auto check = [&] {
    const std::uint64_t current = Context::current().request();
    const bool runs =
        std::any_of(running.begin(), running.end(), [&](const auto& one) { return one->number() == current; });
    REQUIRE((current == 0 || runs));
  };
  for (unsigned step = 0; step < 4000; ++step) {
    if (running.empty() || (running.size() < 24 && random() % 2 == 0)) {
      running.push_back(std::make_unique<Request>(RequestOptions{.kind = "ask"}));
      REQUIRE(Context::current().request() == running.back()->number());
    } else {
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(random() % running.size()));
    }
    check();
  }
  while (!running.empty()) {  // one after the other, the oldest first
    running.erase(running.begin());
    check();
  }
  CHECK(Context::current().empty());
}

TEST_CASE("a request that another thread ended is not put back when one begun in it ends") {
  RunningEngine engine;
  auto outer = std::make_unique<Request>(RequestOptions{.kind = "outer"});
  auto inner = std::make_unique<Request>(RequestOptions{.kind = "inner"});
  std::thread([&] { outer.reset(); }).join();
  { Stage<"wakes the thread up"> stage; }
  CHECK(Context::current().request() == 2);
  inner.reset();
  { Stage<"after"> stage; }
  const Rows rows = engine.rows();
  CHECK(rows.stage("after").in.request == 0);
  CHECK(rows.stage("after").depth == 0);
}

TEST_CASE("a stage begun in one request and ended in another belongs to the first") {
  RunningEngine engine;
  auto first = std::make_unique<Request>(RequestOptions{.kind = "first"});
  auto stage = std::make_unique<Stage<"across">>();
  Request second{{.kind = "second"}};
  stage.reset();
  const Rows rows = engine.rows();
  CHECK(rows.stage("across").in.request == 1);
  first.reset();
}

TEST_CASE("events, counters and gauges") {
  RunningEngine engine;
  {
    Request request{{.kind = "ask"}};
    event<"flushed">();
    event<"evicted">(-12);
    event<"ratio">(0.25);
  }
  Counter<"hits">::add();
  Counter<"hits">::add(-4);
  Gauge<"queue">::set(17u);
  const Rows rows = engine.rows();
  REQUIRE(rows.points.size() == 6);
  const auto& p = rows.points;
  CHECK((p[0].name == "flushed" && p[0].kind == core::RecordType::kEvent && p[0].in.request == 1));
  CHECK((static_cast<std::int64_t>(p[1].value) == -12 && p[1].type == ValueType::kSigned));
  CHECK((std::bit_cast<double>(p[2].value) == 0.25 && p[2].type == ValueType::kFloat));
  CHECK((p[3].kind == core::RecordType::kCounter && p[3].value == 1 && p[3].in.request == 0));
  CHECK(static_cast<std::int64_t>(p[4].value) == -4);
  CHECK((p[5].kind == core::RecordType::kGauge && p[5].value == 17 && p[5].type == ValueType::kUnsigned));
}

TEST_CASE("names known only at run time") {
  RunningEngine engine;
  const Name name = intern("from a file", Kind::tool);
  {
    NamedStage stage{name};
    stage.set<"n">(1);
  }
  const Rows rows = engine.rows();
  CHECK(rows.open.names.at(rows.stage("from a file").site).kind == static_cast<std::uint8_t>(Kind::tool));
}

TEST_CASE("a stage destroyed on another thread is recorded, counted, and leaves its own thread in order") {
  RunningEngine engine;
  {
    Request request{{.kind = "ask"}};
    auto stage = std::make_unique<Stage<"moved">>();
    stage->set<"here">(1);
    std::thread([&] {
      stage->set<"there">(2);
      stage.reset();
    }).join();
    { Stage<"next"> next; }
    CHECK(Context::current().request() == 1);
  }
  { Stage<"after"> stage; }
  const Rows rows = engine.rows();
  const auto& moved = rows.stage("moved");
  CHECK(moved.in.request == 1);
  CHECK((moved.flags & core::kStageDetached) != 0);
  CHECK(moved.attributes == 2);
  CHECK(moved.lost_attributes == 0);
  CHECK(rows.attributes_of(rows.stage("next").stream, rows.stage("next").start).empty());
  CHECK(engine.loss(Loss::kStageEndedElsewhere) == 1);
  CHECK(rows.stage("next").in.request == 1);  // the bug that was: the request ended with the stage
  CHECK(rows.stage("ask").in.request == 1);
  CHECK(rows.stage("after").depth == 0);
  CHECK(rows.open.open_stages.empty());
}
