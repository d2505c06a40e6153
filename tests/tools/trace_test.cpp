// What the in-memory trace makes of one recording and of several that overlap.
#include "tools/trace.h"

#include <unistd.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <string>

#include "tests/tools/recording.h"
#include "tools/coverage.h"
#include "tools/request_view.h"

using namespace looptape;
using looptape::test::Recording;
using tools::RequestState;
using tools::RequestView;
using tools::RequestViewer;
using tools::Trace;

namespace {

Trace traced(std::initializer_list<Recording*> recordings) {
  Trace trace;
  for (Recording* recording : recordings) recording->to(trace);
  trace.finish();
  return trace;
}

RequestView view_of(const Trace& trace, std::uint64_t number) {
  const auto index = trace.request_by_number(number);
  REQUIRE(index.has_value());
  return RequestViewer(trace).view(*index);
}

// Name of each stage → name of its parent, "" for the request itself.
std::map<std::string, std::string> parents(const Trace& trace, const RequestView& view) {
  const auto name = [&](std::uint32_t i) {
    return view.stages[i].stage == tools::kNone ? "(root)" : trace.name(trace.stages()[view.stages[i].stage].site);
  };
  std::map<std::string, std::string> result;
  for (std::uint32_t i = 0; i < view.stages.size(); ++i) {
    result[name(i)] = view.stages[i].parent == tools::kNone ? "" : name(view.stages[i].parent);
  }
  return result;
}

using Parents = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("a stage hangs under the deepest shallower stage whose interval contains its start") {
  Recording r;
  r.stage(7, "tokenize", Kind::other, 120, 130, {.depth = 2})
      .stage(7, "embed", Kind::embed, 110, 200, {.depth = 1})
      .stage(7, "rerank", Kind::rerank, 200, 300, {.depth = 1})
      .stage(7, "score", Kind::other, 250, 260, {.depth = 2})
      .request(7, "ask", 100, 400);
  const Trace trace = traced({&r});
  CHECK(parents(trace, view_of(trace, 7)) ==
        Parents{{"ask", ""}, {"embed", "ask"}, {"tokenize", "embed"}, {"rerank", "ask"}, {"score", "rerank"}});
}

TEST_CASE("a stage on another thread hangs under the parent of its context") {
  Recording r;
  r.stage(7, "rerank", Kind::rerank, 110, 300, {.depth = 1}).request(7, "ask", 100, 400);
  r.stage(7, "score", Kind::other, 150, 250, {.stream = 3, .depth = 0, .parent_start = 110, .parent_stream = 0});
  r.stage(7, "orphan", Kind::other, 160, 170, {.stream = 4, .depth = 0, .parent_start = 999, .parent_stream = 9});
  const Trace trace = traced({&r});
  CHECK(parents(trace, view_of(trace, 7)) ==
        Parents{{"ask", ""}, {"rerank", "ask"}, {"score", "rerank"}, {"orphan", "ask"}});
}

TEST_CASE("an enclosing stage that belongs to another request is not a parent") {
  Recording r;
  r.stage(8, "help", Kind::other, 150, 160, {.depth = 1, .parent_start = 120, .parent_stream = 2});
  r.stage(7, "own", Kind::other, 100, 200, {.depth = 0});
  r.stage(8, "rerank", Kind::rerank, 120, 190, {.stream = 2, .depth = 1});
  r.request(8, "ask", 110, 300, core::Status::ok, 2);
  const Trace trace = traced({&r});
  CHECK(parents(trace, view_of(trace, 8)) == Parents{{"ask", ""}, {"rerank", "ask"}, {"help", "rerank"}});
}

TEST_CASE("a context whose parent claims to begin after its child is not believed") {
  Recording r;
  r.stage(7, "a", Kind::other, 100, 200, {.stream = 1, .depth = 0, .parent_start = 150, .parent_stream = 2});
  r.stage(7, "b", Kind::other, 150, 250, {.stream = 2, .depth = 0, .parent_start = 100, .parent_stream = 1});
  r.request(7, "ask", 50, 300);
  const Trace trace = traced({&r});
  CHECK(parents(trace, view_of(trace, 7)) == Parents{{"ask", ""}, {"a", "ask"}, {"b", "a"}});
}

TEST_CASE("the critical path of a view sums to the request's duration and start times count from its start") {
  Recording r;
  r.stage(7, "retrieve", Kind::retrieve, 1000, 1090, {.stream = 1, .depth = 0});
  r.stage(7, "rerank", Kind::rerank, 1080, 1100, {.stream = 2, .depth = 0});
  r.request(7, "ask", 1000, 1100);
  const Trace trace = traced({&r});
  const RequestView view = view_of(trace, 7);
  REQUIRE(view.stages.size() == 3);
  CHECK(view.stages[0].critical_ns == 0);
  CHECK(view.stages[1].critical_ns == 80);
  CHECK(view.stages[2].critical_ns == 20);
  CHECK(view.stages[2].start_ns == 80);
  CHECK(view.head.duration_ns == 100);
  CHECK(view.head.start_wall_ns == static_cast<std::int64_t>(test::kWallZero) + 1000);
}

TEST_CASE("identity keys name the request and are told from the application's attributes") {
  Recording r;
  const std::string id("\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c", 16);
  r.request(7, "ask", 100, 200, core::Status::timeout)
      .text(7, "looptape.trace_id", id, core::ValueType::kBytes)
      .number(7, "looptape.parent_span", 0x00f067aa0ba902b7)
      .text(7, "looptape.tenant", "acme")
      .text(7, "looptape.session", "s-1")
      .text(7, "looptape.user", "u-1")
      .text(7, "looptape.external:ticket", "4892")
      .text(7, "route", "/ask");
  const Trace trace = traced({&r});
  const tools::RequestHead head = view_of(trace, 7).head;
  CHECK(head.trace_high == 0x0af7651916cd43dd);
  CHECK(head.trace_low == 0x8448eb211c80319c);
  CHECK(head.parent_span == 0x00f067aa0ba902b7);
  CHECK(head.tenant == "acme");
  CHECK(head.session == "s-1");
  CHECK(head.user == "u-1");
  CHECK(head.external_ids == std::vector<std::pair<std::string, std::string>>{{"ticket", "4892"}});
  CHECK(request_status(head) == "timeout");
  CHECK(!tools::identifies_request("route"));
  CHECK(trace.attributes_of_request(7).size() == 7);
}

TEST_CASE("a running request counts up to the moment the copy was taken, its open stages too") {
  Recording r;
  r.open_request(7, "ask", 1000, "acme")
      .open_stage(7, "ask", Kind::request, 1000, 0)
      .open_stage(7, "generate", Kind::generate, 1500, 1)
      .stage(7, "retrieve", Kind::retrieve, 1100, 1400, {.depth = 1});
  r.opening.process.snapshot_tick = 2000;
  const Trace trace = traced({&r});
  const RequestView view = view_of(trace, 7);
  CHECK(view.head.state == RequestState::kRunning);
  CHECK(request_status(view.head) == "running");
  CHECK(view.head.duration_ns == 1000);
  CHECK(view.head.tenant == "acme");
  CHECK(parents(trace, view) == Parents{{"ask", ""}, {"retrieve", "ask"}, {"generate", "ask"}});
  CHECK(view.stages[2].duration_ns == 500);
  CHECK(view.stages[2].critical_ns == 500);
}

TEST_CASE("records of a request whose own record is missing make an incomplete request") {
  Recording r;
  r.stage(9, "rerank", Kind::rerank, 500, 700, {.depth = 1})
      .stage(9, "generate", Kind::generate, 700, 900, {.depth = 1});
  const Trace trace = traced({&r});
  const RequestView view = view_of(trace, 9);
  CHECK(view.head.state == RequestState::kRootless);
  CHECK(request_status(view.head) == "incomplete");
  CHECK(view.head.duration_ns == 400);
  CHECK(!view.head.whole);
  CHECK(view.stages.size() == 3);
}

// The bug that was: it was listed as incomplete, since the start of the recording.
TEST_CASE("a request that began while the copy was being taken is not of it") {
  Recording r;
  r.request(7, "ask", 100, 600).open_request(8, "ask", 900).open_stage(8, "ask", Kind::request, 900, 0);
  r.stage(9, "late", Kind::rerank, 1010, 1020, {.depth = 1}).event(9, "late", 1015, 3);
  r.text(10, "route", "/ask");  // its stages were copied before they ended
  r.request(11, "ask", 1030, 1040).open_request(12, "ask", 1050);
  const auto listed = [&](std::uint64_t taken) {
    r.opening.process.snapshot_tick = taken;
    const Trace trace = traced({&r});
    CHECK(trace.covered()[0].until == taken);
    std::vector<std::uint64_t> numbers;
    for (const tools::TraceRequest& request : trace.requests()) numbers.push_back(request.number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  };
  CHECK(listed(1000) == std::vector<std::uint64_t>{7, 8});
  CHECK(listed(2000) == std::vector<std::uint64_t>{7, 8, 9, 10, 11, 12});  // what is missing of them has been lost
  r.stage(9, "early", Kind::rerank, 990, 1020, {.depth = 1});
  CHECK(listed(1000) == std::vector<std::uint64_t>{7, 8, 9});
}

TEST_CASE("a request that began before the recording is complete is not whole") {
  Recording r;
  r.request(7, "ask", 100, 600).request(8, "ask", 500, 900);
  r.closing.complete_since = 400;
  const Trace trace = traced({&r});
  CHECK(!view_of(trace, 7).head.whole);
  CHECK(view_of(trace, 8).head.whole);
}

TEST_CASE(
    "a request that ended while the copy was made is not whole, and is told apart from one whose beginning is lost") {
  Recording r;
  r.request(7, "ask", 100, 600).request(8, "ask", 500, 1100).request(9, "ask", 450, 900);
  r.opening.process.snapshot_tick = 1000;
  r.closing.complete_since = 400;
  const Trace trace = traced({&r});
  tools::Coverage coverage;
  for (const std::uint64_t number : {7, 8, 9}) tools::count_request(coverage, view_of(trace, number).head);
  CHECK(!view_of(trace, 8).head.whole);
  CHECK(coverage.ended_in_copy == 1);
  CHECK(coverage.partial == 1);
  const std::string line = tools::coverage_line(coverage);
  CHECK(line.find("3 requests (1 ended while the copy was made, 1 not covered from their start to their end)") !=
        std::string::npos);
}

TEST_CASE("two dumps of one process that overlap hold each stage, attribute and event once") {
  Recording first, second;
  for (Recording* r : {&first, &second}) {
    r->stage(7, "rerank", Kind::rerank, 150, 300, {.depth = 1, .attributes = 2, .lost = r == &first ? 1u : 0u});
    r->request(7, "ask", 100, 400).text(7, "route", "/ask").event(7, "flush", 200, 3);
    r->stage_number(0, 150, "candidates", 40);
  }
  second.stage_number(0, 150, "cut", 20);
  second.request(8, "ask", 500, 900);
  first.opening.process.snapshot_tick = 450;
  second.opening.process.snapshot_tick = 1000;
  second.closing.complete_since = 90;
  for (const bool in_order : {true, false}) {
    const Trace trace = in_order ? traced({&first, &second}) : traced({&second, &first});
    CHECK(trace.stages().size() == 3);
    CHECK(trace.requests().size() == 2);
    CHECK(trace.attributes_of_stage(0, 150).size() == 2);
    CHECK(trace.attributes_of_request(7).size() == 1);
    CHECK(trace.events_of(*trace.request_by_number(7)).size() == 1);
    CHECK(view_of(trace, 7).lost_attributes == 0);
    CHECK(trace.covered().size() == 1);
  }
}

TEST_CASE("a request that runs in one dump and has ended in a later one has ended") {
  Recording first, second;
  first.open_request(7, "ask", 100)
      .open_stage(7, "ask", Kind::request, 100, 0)
      .open_stage(7, "embed", Kind::embed, 150, 1);
  first.opening.process.snapshot_tick = 200;
  second.stage(7, "embed", Kind::embed, 150, 300, {.depth = 1}).request(7, "ask", 100, 400);
  for (const bool in_order : {true, false}) {
    const Trace trace = in_order ? traced({&first, &second}) : traced({&second, &first});
    CHECK(view_of(trace, 7).head.state == RequestState::kFinished);
    CHECK(view_of(trace, 7).head.duration_ns == 300);
    CHECK(trace.stages().size() == 2);
  }
}

TEST_CASE("dumps with time between them cover two stretches and nothing between") {
  Recording first, second;
  first.opening.process.snapshot_tick = 500;
  second.opening.process.snapshot_tick = 2000;
  second.closing.complete_since = 1000;
  const Trace trace = traced({&first, &second});
  REQUIRE(trace.covered().size() == 2);
  CHECK(trace.covers(100, 500));
  CHECK(trace.covers(1000, 2000));
  CHECK(!trace.covers(400, 1100));
}

TEST_CASE("a recording that ends without its closing covers nothing") {
  Recording r;
  r.request(7, "ask", 100, 400);
  Trace trace;
  trace.opening(r.opening);
  for (const auto& block : r.blocks) trace.block(block);
  trace.finish();
  CHECK(trace.covered().empty());
  CHECK(!view_of(trace, 7).head.whole);
  CHECK(view_of(trace, 7).head.duration_ns == 300);
}

TEST_CASE("rows that contradict themselves are taken without harm") {
  Recording r;
  r.request(7, "ask", 100, 400);
  r.blocks[0].stages.push_back({~0ULL - 5, ~0ULL, 77, 60000, 0, 255, 255, 255, 255, 255});
  r.blocks[0].attributes.push_back({100, 0, 1, 4'000'000'000u, 4'000'000'000u, 0, 60000, core::ValueType::kText});
  r.blocks[0].points.push_back({1, 1, 99, 60000, core::RecordType::kEvent, core::ValueType::kText});
  const Trace trace = traced({&r});
  CHECK(trace.stages().size() == 2);
  CHECK(trace.name(60000) == "(name 60000 is missing)");
  CHECK(trace.text_of(trace.attributes_of_stage(0, 100)[0]).empty());
}

TEST_CASE("the thread of a stage is the one that held its stream when it began") {
  Recording r;
  r.request(7, "ask", 100, 400);
  r.closing.streams[0].owners = {{0, 11, 1, "first"}, {300, 12, 2, "second"}};
  const Trace trace = traced({&r});
  CHECK(trace.owner(0, 299)->name == "first");
  CHECK(trace.owner(0, 300)->name == "second");
  CHECK(trace.owner(5, 300) == nullptr);
}

namespace {
std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}
}  // namespace

TEST_CASE("three million stages of 300 000 requests fit 150 MB", "[nosan]") {
  Recording r;
  const std::uint16_t site = r.name("step"), root = r.name("ask", Kind::request);
  Trace trace;
  r.opening.process.snapshot_tick = 4'000'000'000;
  const std::size_t before = resident_bytes();
  trace.opening(r.opening);
  constexpr std::uint64_t kRequests = 300'000, kStages = 10;
  dump::Block block;
  for (std::uint64_t request = 1; request <= kRequests; ++request) {
    if (request % 200 == 1) {
      if (request > 1) trace.block(block);
      block.clear();
    }
    const auto context = static_cast<std::uint32_t>(block.contexts.size());
    block.contexts.push_back({request, 0, 0});
    const std::uint64_t start = request * 10'000;
    for (std::uint64_t i = 0; i + 1 < kStages; ++i) {
      block.stages.push_back({start + 1 + i * 100, 90, context, site, 0, 1, 0, 0, 0, 0});
    }
    block.stages.push_back({start, 2000, context, root, 0, 0, 0, core::kStageIsRequest, 0, 0});
  }
  trace.block(block);
  trace.closing(r.closing);
  trace.finish();
  CHECK(trace.stages().size() == kRequests * kStages);
  CHECK(resident_bytes() - before < 150'000'000);
  CHECK(view_of(trace, 777).stages.size() == kStages);
}

TEST_CASE("Malicious_ ticks at the ends of what they can be are told without a sum that does not fit") {
  constexpr std::uint64_t kTop = ~std::uint64_t{0}, kMiddle = std::uint64_t{1} << 63;
  for (const core::ClockKind clock : {core::ClockKind::kMonotonic, core::ClockKind::kTsc})
    for (const std::uint64_t tick : {std::uint64_t{0}, kMiddle, kTop})
      for (const std::uint64_t wall : {std::uint64_t{0}, kMiddle - 1, kMiddle, kTop}) {
        dump::Process process;
        process.clock = clock;
        process.first = {tick, wall, wall};
        process.last = {tick + 1, wall + kMiddle - 2, wall};
        const dump::ClockScale scale(process);
        for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{1}, kMiddle - 1, kMiddle, kTop}) {
          const std::int64_t most = std::numeric_limits<std::int64_t>::max() / 2;
          CHECK(std::abs(scale.wall_ns(at)) <= most);
          CHECK(std::abs(scale.monotonic_ns(at)) <= most);
          for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{1}, kMiddle, kTop})
            CHECK(scale.duration_ns(at, length) == scale.ns(at + length) - scale.ns(at));
        }
      }
}
