// The worked example of core/FORMAT.md, made by the production header and compared byte by byte.
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "looptape/core/chunk.h"
#include "looptape/core/writer.h"

namespace {
using namespace looptape::core;

// A thread of stream 3 that works on request 7, whose root has been open since tick 990.
std::string example() {
  std::array<Word, 2 * kMaxDepth> open{};
  open[0].store(990);
  open[1].store(open_meta(7, 5));
  std::array<Word, 64> words{};
  Keyframe frame;
  frame.stream = 3;
  frame.sequence = 2;
  frame.base = 1000;
  frame.records = 4092;
  frame.bytes = 65'472;
  frame.request = 7;
  frame.tid = 4711;
  frame.name[0] = 0x72656b726f77;  // "worker"
  frame.ordinal = 1;
  frame.previous_last = 1000;
  frame.depth = 1;
  Writer writer{};
  writer.chunk = words.data();
  writer.used = recycle_chunk<Memory>(words.data(), frame, open.data());
  put_record<Memory>(writer, attribute_head(RecordType::kAttribute, ValueType::kSigned, 9, 1, 0), 40);
  put_record<Memory>(writer, record_head(RecordType::kStage, 0, 6, 1500 - 1000), stage_word(1, 1, 0, 400));
  put_record<Memory>(writer, record_head(RecordType::kEvent, 1, 8, 1600 - 1000), 3);
  std::ostringstream out;
  for (std::size_t i = 0; i < writer.used / 8; i += 2) {
    char line[64];
    std::snprintf(line, sizeof line, "%03zx", i * 8);
    out << line;
    for (std::size_t byte = 0; byte < 16; ++byte) {
      std::snprintf(line, sizeof line, "%s%02x", byte % 8 == 0 ? "  " : " ",
                    static_cast<unsigned>(words[i + byte / 8].load() >> (8 * (byte % 8)) & 0xff));
      out << line;
    }
    out << "\n";
  }
  return out.str();
}

// The first fenced block after the heading, without the comments behind the bytes.
std::string documented() {
  std::ifstream file(LOOPTAPE_SOURCE_DIR "/core/FORMAT.md");
  std::string line, out;
  bool section = false, fence = false;
  while (std::getline(file, line)) {
    if (line.rfind("## Worked example", 0) == 0) section = true;
    if (!section) continue;
    if (line.rfind("```", 0) == 0) {
      if (fence) return out;
      fence = true;
      continue;
    }
    if (fence) out += line.substr(0, 53) + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("the worked example of the region's format is what the writer writes") {
  const std::string made = example();
  INFO(made);
  CHECK(documented() == made);
}
