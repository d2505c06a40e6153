// The worked example of dump/FORMAT.md is what the writer writes.
#include <catch2/catch.hpp>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/dump/tape/recording.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::test;

namespace {

// The recording of the page: one request's two stages.
Recording example() {
  Recording recording;
  recording.opening.process.service = "answers";
  recording.opening.process.token = {1, 2};
  recording.opening.process.first = {1000, 0, 0};
  recording.opening.process.last = {2000, 500, 500};
  recording.opening.process.snapshot_tick = 2000;
  recording.opening.names = {{"", 0, 0}, {"ask", 1, 0}, {"rerank", 7, 0}};
  Block block;
  block.stream = 3;
  block.sequence = 1;
  block.contexts = {{7, 0, 0}};
  block.stages.resize(2);
  block.stages[0] = {.start = 1200, .duration = 300, .site = 2, .stream = 3, .depth = 1};
  block.stages[1] = {.start = 1100, .duration = 500, .site = 1, .stream = 3, .flags = 1};
  recording.blocks.push_back(block);
  recording.closing.stages = 2;
  recording.closing.complete_since = 1000;
  return recording;
}

// As the page prints it: offset in the message, eight bytes.
std::string hex_lines(const std::byte* bytes, std::size_t size) {
  std::string text;
  char part[32];
  for (std::size_t i = 0; i < size; ++i) {
    if (i % 8 == 0) {
      std::snprintf(part, sizeof part, "%03zx  ", i);
      text += part;
    }
    std::snprintf(part, sizeof part, i % 8 == 7 ? "%02x\n" : "%02x ", static_cast<unsigned>(bytes[i]));
    text += part;
  }
  return text;
}

}  // namespace

TEST_CASE("the worked example of the format page is what the writer writes") {
  const std::vector<std::byte> file = written(example());
  const Lying block = messages_of(file).at(1);
  std::ifstream page(LOOPTAPE_SOURCE_DIR "/dump/FORMAT.md");
  REQUIRE(page.good());
  // Lines of the example: three hex digits, two spaces, eight bytes, then the explanation.
  std::string in_page, line;
  while (std::getline(page, line))
    if (line.size() >= 28 && line.find_first_not_of("0123456789abcdef") == 3 && line.substr(3, 2) == "  ")
      in_page += line.substr(0, 28) + "\n";
  CHECK(in_page == hex_lines(file.data() + block.offset, block.bytes));
}
