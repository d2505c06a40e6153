// The schema's enums carry the numbers of the program's own, all of them.
#include <catch2/catch.hpp>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>

#include "dump/rows.h"
#include "dump/tape_format.h"
#include "looptape/core/kind.h"
#include "looptape/core/layout.h"

using namespace looptape;

namespace {

std::string schema_text() {
  std::ifstream file(LOOPTAPE_SOURCE_DIR "/dump/schema/tape.capnp");
  std::stringstream text;
  text << file.rdbuf();
  return std::regex_replace(text.str(), std::regex("#[^\n]*"), "");
}

// Enumerants of an enum by name, read from the schema itself.
std::map<std::string, std::size_t> enumerants(const std::string& name) {
  const std::string text = schema_text();
  std::smatch body;
  if (!std::regex_search(text, body, std::regex("enum " + name + "\\s*\\{([^}]*)\\}"))) return {};
  const std::string inside = body[1];
  std::map<std::string, std::size_t> result;
  const std::regex one("(\\w+)\\s*@(\\d+)\\s*;");
  for (std::sregex_iterator it(inside.begin(), inside.end(), one), end; it != end; ++it)
    result[(*it)[1]] = std::stoul((*it)[2]);
  return result;
}

std::uint64_t constant(const std::string& name) {
  const std::string text = schema_text();
  std::smatch found;
  REQUIRE(std::regex_search(text, found, std::regex("const " + name + " :\\w+ = (\\w+);")));
  return std::stoull(found[1], nullptr, 0);
}

}  // namespace

// A new loss, kind or status that is not in the schema would be a bare number in `capnp decode`.
TEST_CASE("every loss, kind, status and type has its name in the schema") {
  CHECK(enumerants("Loss").size() == core::kLossCount);
  CHECK(enumerants("TriggerKind").size() == dump::kTriggerKinds);
  CHECK(enumerants("StageKind").size() == core::kKindNames.size());
  CHECK(enumerants("Status").size() == static_cast<std::size_t>(core::Status::exception) + 1);
  CHECK(enumerants("ValueType").size() == static_cast<std::size_t>(core::ValueType::kBytes) + 1);
  CHECK(enumerants("GapReason").size() == static_cast<std::size_t>(dump::GapReason::kDamagedMessage) + 1);
}

TEST_CASE("the numbers of the schema are the numbers of the program") {
  const auto same = [](auto ours, const char* name, const char* enumerant) {
    const auto all = enumerants(name);
    const auto found = all.find(enumerant);
    return found != all.end() && found->second == static_cast<std::size_t>(ours);
  };
  for (std::size_t kind = 0; kind < core::kKindNames.size(); ++kind)
    CHECK(same(kind, "StageKind", std::string(core::kKindNames[kind]).c_str()));
  CHECK(same(core::Loss::kOverwritten, "Loss", "overwritten"));
  CHECK(same(core::Loss::kWindowShortfall, "Loss", "windowShortfall"));
  CHECK(same(core::Loss::kFlightFull, "Loss", "flightFull"));
  CHECK(same(core::Loss::kTokensInvalid, "Loss", "tokensInvalid"));
  CHECK(same(core::Status::timeout, "Status", "timeout"));
  CHECK(same(core::Status::exception, "Status", "exception"));
  CHECK(same(core::ValueType::kFloat, "ValueType", "float"));
  CHECK(same(core::ValueType::kBytes, "ValueType", "bytes"));
  CHECK(same(core::ClockKind::kTsc, "Clock", "tsc"));
  CHECK(same(core::ClockKind::kMonotonic, "Clock", "monotonic"));
  CHECK(same(dump::TriggerKind::kSlowRequest, "TriggerKind", "slowRequest"));
  CHECK(same(dump::TriggerKind::kRecovered, "TriggerKind", "recovered"));
  CHECK(same(dump::GapReason::kRejected, "GapReason", "rejected"));
  CHECK(same(dump::tape::Kind::kBlock, "MessageKind", "block"));
  CHECK(same(dump::tape::Kind::kIndex, "MessageKind", "index"));
}

TEST_CASE("magic and version of the schema are those of the frame") {
  CHECK(constant("magic") == dump::tape::kMagic);
  CHECK(constant("major") == dump::tape::kMajor);
  CHECK(constant("minor") == dump::tape::kMinor);
}
