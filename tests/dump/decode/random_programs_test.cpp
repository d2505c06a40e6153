// Decoding what random programs wrote with the production writer, with none, the oldest or any of the chunks missing.
#include <catch2/catch.hpp>

#include "tests/dump/decode/random_program.h"
#include "tests/dump/decode/recording_builder.h"
#include "tests/dump/decode/region_file.h"

using namespace looptape::dump;
using namespace looptape::dump::testing;

namespace {

struct Totals {
  std::uint64_t stages = 0, attributes = 0, gaps = 0, lost_attributes = 0;
};

ProgramRunner& runner() {
  static TemporaryDirectory directory;
  static ProgramRunner one(directory.path(), 512);
  return one;
}

void run_programs(std::uint64_t from, std::uint64_t to, Totals& totals) {
  for (std::uint64_t seed = from; seed < to; ++seed) {
    const Account& account = runner().run(seed);
    std::mt19937_64 random(seed);
    // Which chunks are left: all, all but the oldest, or any 70 %.
    std::array<std::vector<std::uint64_t>, 2> kept;
    for (unsigned thread = 0; thread < 2; ++thread) {
      const auto& chunks = account.chunks[thread];
      const std::uint64_t prefix = chunks.begin()->first + random() % chunks.size();
      for (const auto& [sequence, chunk] : chunks)
        if (seed % 3 == 0 || (seed % 3 == 1 && sequence >= prefix) || (seed % 3 == 2 && random() % 10 >= 3))
          kept[thread].push_back(sequence);
    }
    const auto dropped = [&](unsigned thread, std::uint64_t sequence) {
      return std::find(kept[thread].begin(), kept[thread].end(), sequence) == kept[thread].end();
    };
    const Rows rows = decode(runner().copy(dropped));
    const std::string problem = contradiction(account, kept, rows);
    if (!problem.empty()) FAIL("program " << seed << ": " << problem);
    totals.stages += rows.close.stages;
    totals.attributes += rows.close.attributes;
    totals.lost_attributes += rows.close.lost_attributes;
    for (const Stream& stream : rows.close.streams) totals.gaps += stream.gaps.size();
    runner().clean_up();
  }
}

}  // namespace

TEST_CASE("no random program is decoded wrongly") {
  Totals totals;
  run_programs(0, 3000, totals);
  CHECK(totals.stages > 50'000);  // the programs did something
  CHECK(totals.attributes > 20'000);
  CHECK(totals.gaps > 6000);
  CHECK(totals.lost_attributes > 1000);
}

TEST_CASE("no random program of 60 000 is decoded wrongly", "[slow]") {
  Totals totals;
  run_programs(3000, 60'000, totals);
  WARN(totals.stages << " stages, " << totals.attributes << " attributes, " << totals.lost_attributes << " lost ones, "
                     << totals.gaps << " gaps");
}
