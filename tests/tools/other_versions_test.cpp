// Tapes and regions of versions that this program cannot read.
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "dump/crc32c.h"
#include "dump/tape_format.h"
#include "looptape/core/layout.h"
#include "tests/tools/program.h"
#include "tests/tools/run_checks.h"
#include "tests/tools/situations.h"

using namespace looptape::test;

namespace {

// The tape as a program of another major version would have written it: every message says so, and is whole.
std::string of_major_version(std::string tape, std::uint16_t major) {
  namespace format = looptape::dump::tape;
  for (std::size_t at = 0; at < tape.size();) {
    std::uint64_t words[format::kFrameBytes / format::kWord];
    std::memcpy(words, &tape[at], sizeof words);
    format::Frame frame;
    REQUIRE(format::read_frame(words, frame));
    std::memcpy(&tape[at + format::kVersionAt * format::kWord], &major, sizeof major);
    std::uint32_t crc = 0;
    std::memcpy(&tape[at + format::kCrcAt], &crc, sizeof crc);
    crc = looptape::dump::crc32c(0, &tape[at], frame.bytes);
    std::memcpy(&tape[at + format::kCrcAt], &crc, sizeof crc);
    at += frame.bytes;
  }
  return tape;
}

// A region of a layout that no program has yet.
std::string region_of_layout(std::uint64_t major) {
  std::vector<std::uint64_t> words(4096);
  words[looptape::core::header::kMagic] = looptape::core::kRegionMagic;
  words[looptape::core::header::kEndian] = looptape::core::kEndianMark;
  words[looptape::core::header::kVersion] = major << 32;
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof words[0]};
}

}  // namespace

TEST_CASE("what another version wrote is refused in one line that says which, by every command that reads") {
  const Folder folder;
  auto recording = answers();
  write_file(folder / "newer.tape", of_major_version(tape_bytes(recording), 2));
  write_file(folder / "same.tape", of_major_version(tape_bytes(recording), 1));
  write_file(folder / "region", region_of_layout(looptape::core::kLayoutMajor + 1));
  CHECK(looptape::test::looptape({"info", folder / "same.tape"}).code == 0);
  for (const char* const command : {"info", "requests", "stages"}) {
    check_refused(looptape::test::looptape({command, folder / "newer.tape"}), 1, {"version 2.0", "a newer looptape"});
    check_refused(looptape::test::looptape({command, folder / "region"}), 1, {"layout 2.0", "a newer looptape"});
  }
  check_refused(looptape::test::looptape({"show", folder / "newer.tape", "17"}), 1, {"version 2.0"});
  check_refused(looptape::test::looptape({"show", folder / "region", "17"}), 1, {"layout 2.0"});
}
