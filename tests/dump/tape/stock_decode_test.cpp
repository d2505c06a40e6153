// Stock `capnp decode` reads a tape: every value of it, by the schema's text alone.
#include <catch2/catch.hpp>

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "dump/tape_format.h"
#include "tests/dump/tape/capnp_text.h"
#include "tests/dump/tape/recording.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::test;

namespace {

std::vector<TextValue> decoded(const std::vector<std::byte>& file) {
  char path[] = "/tmp/looptape-stock-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  const auto messages = stock_decode(LOOPTAPE_SOURCE_DIR "/dump/schema/tape.capnp", path);
  ::close(fd);
  unlink(path);
  return messages;
}

// By name, as the schema prints them.
const std::vector<std::string> kStatus = {"ok", "error", "cancelled", "timeout", "blocked", "exception"};
const std::vector<std::string> kTypes = {"signed", "unsigned", "float", "bool", "text", "bytes"};

std::size_t named(const TextValue& table, const std::string& column, std::size_t row,
                  const std::vector<std::string>& names) {
  if (!table.has(column)) return 0;
  const auto found = std::find(names.begin(), names.end(), table[column].items.at(row).text);
  REQUIRE(found != names.end());
  return static_cast<std::size_t>(found - names.begin());
}

void check_block(const TextValue& block, const Block& expected) {
  CHECK(block["stream"].number() == expected.stream);
  CHECK(block["sequence"].number() == expected.sequence);
  REQUIRE(block["contexts"].items.size() == expected.contexts.size());
  for (std::size_t i = 0; i < expected.contexts.size(); ++i) {
    const TextValue& context = block["contexts"].items[i];
    CHECK(context["request"].number() == expected.contexts[i].request);
    CHECK(context["parentStart"].number() == expected.contexts[i].parent_start);
    CHECK(context["parentStream"].number() == expected.contexts[i].parent_stream);
  }
  const TextValue& stages = block["stages"];
  REQUIRE(stages["count"].number() == expected.stages.size());
  for (std::size_t i = 0; i < expected.stages.size(); ++i) {
    const StageRow& row = expected.stages[i];
    CHECK(stages["base"].number() + stages.wide_at("startLow", "startHigh", i) == row.start);
    CHECK(stages.wide_at("durationLow", "durationHigh", i) == row.duration);
    CHECK(stages.at("site", i) == row.site);
    CHECK(stages.at("context", i) == row.context);
    CHECK(stages.at("depth", i) == row.depth);
    CHECK(stages.at("attributes", i) == row.attributes);
    CHECK(stages.at("lostAttributes", i) == row.lost_attributes);
    CHECK(named(stages, "status", i, kStatus) == row.status);
    CHECK(stages.at("flags", i) == row.flags);
    CHECK(stages.at("stream", i, expected.stream) == row.stream);
  }
  const TextValue& attributes = block["attributes"];
  REQUIRE(attributes["count"].number() == expected.attributes.size());
  std::size_t text = 0;
  for (std::size_t i = 0; i < expected.attributes.size(); ++i) {
    const AttributeRow& row = expected.attributes[i];
    const std::uint64_t start = attributes.wide_at("startLow", "startHigh", i);
    CHECK((start == 0 ? 0 : attributes["base"].number() + start - 1) == row.start);
    CHECK(attributes.at("request", i) == row.request);
    CHECK(attributes.at("key", i) == row.key);
    CHECK(named(attributes, "type", i, kTypes) == static_cast<std::size_t>(row.type));
    CHECK(attributes.wide_at("valueLow", "valueHigh", i) == row.value);
    CHECK(attributes.at("stream", i, expected.stream) == row.stream);
    const std::uint64_t length = attributes.at("length", i);
    CHECK(block["text"].text.substr(text, length) == expected.text.substr(row.text, row.length));
    text += length;
  }
  const TextValue& points = block["points"];
  REQUIRE(points["count"].number() == expected.points.size());
  const std::vector<std::string> kinds = {"event", "counter", "gauge"};
  for (std::size_t i = 0; i < expected.points.size(); ++i) {
    const PointRow& row = expected.points[i];
    CHECK(points["base"].number() + points.wide_at("atLow", "atHigh", i) == row.at);
    CHECK(points.wide_at("valueLow", "valueHigh", i) == row.value);
    CHECK(points.at("site", i) == row.site);
    CHECK(points.at("context", i) == row.context);
    CHECK(named(points, "type", i, kTypes) == static_cast<std::size_t>(row.type));
    const core::RecordType by_kind[] = {core::RecordType::kEvent, core::RecordType::kCounter, core::RecordType::kGauge};
    CHECK(by_kind[named(points, "kind", i, kinds)] == row.kind);
  }
}

}  // namespace

TEST_CASE("stock capnp decode prints every value of a tape") {
  for (std::uint64_t seed = 20; seed < 30; ++seed) {
    INFO("seed " << seed);
    const Recording recording = random_recording(seed, {30, 0, 200, 7});
    const auto messages = decoded(written(recording));
    std::size_t block = 0, openings = 0, closings = 0, indexes = 0;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const TextValue& message = messages[i];
      CHECK(message["magic"].number() == tape::kMagic);
      CHECK(message["number"].number() == i);
      CHECK(message["tape"].text == messages[0]["tape"].text);
      CHECK(message["major"].number() == tape::kMajor);
      if (message.has("opening")) {
        const TextValue& opening = message["opening"];
        CHECK(opening["spare"].text == (openings++ == 0 ? "false" : "true"));
        CHECK(opening["process"]["service"].text == recording.opening.process.service);
        CHECK(opening["process"]["pid"].number() == recording.opening.process.pid);
        CHECK(opening["process"]["snapshotTick"].number() == recording.opening.process.snapshot_tick);
        REQUIRE(opening["names"].items.size() == recording.opening.names.size());
        for (std::size_t n = 0; n < recording.opening.names.size(); ++n)
          CHECK(opening["names"].items[n]["text"].text == recording.opening.names[n].text);
        CHECK(opening["openStages"].items.size() == recording.opening.open_stages.size());
        CHECK(opening["openRequests"].items.size() == recording.opening.open_requests.size());
        std::uint64_t full = 0;  // what was not lost is not listed
        for (const TextValue& loss : opening["counters"]["losses"].items)
          if (loss["loss"].text == "flightFull") full += loss["count"].number();
        CHECK(full == recording.opening.counters.losses[static_cast<std::size_t>(core::Loss::kFlightFull)]);
      } else if (message.has("block")) {
        check_block(message["block"], recording.blocks.at(block++));
      } else if (message.has("closing")) {
        ++closings;
        CHECK(message["closing"]["completeSince"].number() == recording.closing.complete_since);
        REQUIRE(message["closing"]["streams"].items.size() == recording.closing.streams.size());
        for (std::size_t s = 0; s < recording.closing.streams.size(); ++s)
          CHECK(message["closing"]["streams"].items[s]["overwritten"].number() ==
                recording.closing.streams[s].overwritten);
      } else {
        ++indexes;
        CHECK(message["index"]["entries"].items.size() == i);
      }
    }
    CHECK(block == recording.blocks.size());
    CHECK(openings == 2);
    CHECK(closings == 1);
    CHECK(indexes == 1);
  }
}
