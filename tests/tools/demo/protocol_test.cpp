// Server-sent events, the pace of the provider, and what POST /ask accepts.

#include <catch2/catch.hpp>
#include <string>
#include <variant>
#include <vector>

#include "tools/demo/client/sse_parser.h"
#include "tools/demo/provider/pace.h"
#include "tools/demo/server/ask_request.h"
#include "tools/demo/server/bundled_provider.h"

namespace looptape::tools::demo {
namespace {

using Events = std::vector<std::string>;

Events parsed_in_pieces(const std::string& stream, std::size_t piece) {
  Events events;
  SseParser parser([&events](std::string_view data) { events.emplace_back(data); });
  for (std::size_t i = 0; i < stream.size(); i += piece) {
    parser.feed(std::string_view(stream).substr(i, piece));
  }
  return events;
}

std::string code_of(const std::string& body) {
  const auto parsed = parse_ask(body);
  const auto* error = std::get_if<ApiError>(&parsed);
  return error == nullptr ? "" : error->code;
}

}  // namespace

TEST_CASE("events are the same however the stream is cut") {
  const std::string stream =
      ": a comment\r\n"
      "data: {\"text\": \"caf\xC3\xA9\"}\r\n\r\n"
      "event: other\ndata:first\ndata: second\n\n"
      "id: 7\r\rdata: [DONE]\r\r";
  const Events expected = {"{\"text\": \"caf\xC3\xA9\"}", "first\nsecond", "[DONE]"};
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    CHECK(parsed_in_pieces(stream, piece) == expected);
  }
}

TEST_CASE("an event without its blank line is not complete, one without data is none") {
  CHECK(parsed_in_pieces("data: half\n", 4).empty());
  CHECK(parsed_in_pieces("event: ping\n\n\n\n", 3).empty());
  CHECK(parsed_in_pieces("data:\n\n", 2) == Events{""});
}

TEST_CASE("a paced model serves first come, first served, on as many lanes as it has") {
  using namespace std::chrono_literals;
  const PacedCapacity::Clock::time_point start(1h);
  PacedCapacity one(1);
  CHECK(one.reserve(start, 10ms) == start + 10ms);
  CHECK(one.reserve(start, 10ms) == start + 20ms);
  CHECK(one.reserve(start + 50ms, 10ms) == start + 60ms);
  PacedCapacity two(2);
  CHECK(two.reserve(start, 10ms) == start + 10ms);
  CHECK(two.reserve(start, 10ms) == start + 10ms);
  CHECK(two.reserve(start, 10ms) == start + 20ms);
}

TEST_CASE("a complete question is read with its defaults") {
  const auto parsed = parse_ask(R"({"question": "What is zlib?", "session": "s"})");
  REQUIRE(std::holds_alternative<Question>(parsed));
  const Question& question = std::get<Question>(parsed);
  CHECK(question.text == "What is zlib?");
  CHECK(question.tenant == "none");
  CHECK(question.session == "s");
}

TEST_CASE("every wrong body gets an error of its own") {
  CHECK(code_of("") == "bad_json");
  CHECK(code_of("{\"question\": ") == "bad_json");
  CHECK(code_of("[1]") == "bad_json");
  CHECK(code_of("{\"question\": \"a\xFF\"}") == "bad_json");
  CHECK(code_of("{}") == "missing_question");
  CHECK(code_of(R"({"question": 7})") == "missing_question");
  CHECK(code_of(R"({"question": " ?! "})") == "empty_question");
  CHECK(code_of("{\"question\": \"" + std::string(4001, 'a') + "\"}") == "too_long");
  CHECK(code_of(R"({"question": "a", "tenant": 7})") == "bad_field");
  CHECK(code_of("{\"question\": \"a\", \"session\": \"" + std::string(201, 's') + "\"}") == "too_long");
}

TEST_CASE("the port is read from the line that announces it") {
  CHECK(port_in("ragdemo listening on 127.0.0.1:8080") == 8080);
  CHECK(port_in("") == 0);
  CHECK(port_in("no port here") == 0);
}

}  // namespace looptape::tools::demo
