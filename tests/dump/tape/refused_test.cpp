// Files that are no tapes of ours, and tapes made to hurt.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "dump/tape_format.h"
#include "dump/tape_reader.h"
#include "tests/dump/tape/recording.h"
#include "tests/dump/tape/tape_index.h"

using namespace looptape;
using namespace looptape::dump;
using namespace looptape::dump::test;
using Status = TapeResult::Status;

namespace {

TapeResult read(const std::vector<std::byte>& file, Keeper& keeper) {
  MemorySource source(file);
  return read_tape(source, keeper);
}

TapeResult read(const std::vector<std::byte>& file) {
  Keeper keeper;
  return read(file, keeper);
}

// Changes a 16-bit field of every message's root and makes the checksums right again.
std::vector<std::byte> with_field(std::vector<std::byte> file, std::size_t at, std::uint16_t value) {
  for (const Lying& message : messages_of(file)) {
    std::memcpy(file.data() + message.offset + at, &value, sizeof value);
    seal(file, message.offset);
  }
  return file;
}

constexpr std::size_t kMajorAt = tape::kVersionAt * 8, kMinorAt = kMajorAt + 2, kKindAt = kMajorAt + 4;

}  // namespace

TEST_CASE("a tape of a newer major version is refused in one line") {
  const auto file = with_field(written(random_recording(1, {5})), kMajorAt, 2);
  Keeper keeper;
  const TapeResult result = read(file, keeper);
  CHECK(result.status == Status::kNewerMajor);
  CHECK(result.error == "a tape of version 2.0; this program reads 1.x");
  CHECK(keeper.openings == 0);
}

TEST_CASE("a tape of a newer minor version is read, and said to be newer") {
  const Recording recording = random_recording(1, {5, 5});
  Keeper keeper;
  const TapeResult result = read(with_field(written(recording), kMinorAt, 7), keeper);
  CHECK(result.status == Status::kRead);
  CHECK(result.newer_minor);
  CHECK(result.minor == 7);
  CHECK(result.damages == 0);
  CHECK(keeper.recording.blocks == recording.blocks);
  CHECK_FALSE(read(written(recording)).newer_minor);
}

TEST_CASE("messages of kinds that only a newer minor version knows are passed over and counted") {
  const Recording recording = random_recording(1, {5, 5, 5});
  std::vector<std::byte> file = with_field(written(recording), kMinorAt, 1);
  const Lying index = messages_of(file).back();
  const std::uint16_t kind = 9;
  std::memcpy(file.data() + index.offset + kKindAt, &kind, sizeof kind);
  seal(file, index.offset);
  const TapeResult result = read(file);
  CHECK(result.ok());
  CHECK(result.unknown == 1);
}

TEST_CASE("what is not a tape is said to be none") {
  CHECK(read({}).status == Status::kNotATape);
  CHECK(read({}).error == "not a tape: the file is empty");
  CHECK(read(std::vector<std::byte>(1)).status == Status::kNotATape);
  CHECK(read(std::vector<std::byte>(100000)).status == Status::kNotATape);
  CHECK(read(std::vector<std::byte>(100000, std::byte{0xff})).error == "not a tape");
  std::vector<std::byte> text;
  for (int i = 0; i < 5000; ++i)
    for (const char c : std::string("LTAPE is not a magic\n")) text.push_back(static_cast<std::byte>(c));
  CHECK(read(text).status == Status::kNotATape);
  Random random(5);
  std::vector<std::byte> noise(1 << 20);
  for (std::byte& byte : noise) byte = static_cast<std::byte>(random.next());
  CHECK(read(noise).status == Status::kNotATape);
}

TEST_CASE("a tape of which nothing is whole is told from what never was one") {
  std::vector<std::byte> file = written(random_recording(1, {5}));
  file.resize(messages_of(file)[0].bytes - 1);
  CHECK(read(file).status == Status::kUnreadable);
  CHECK(read(file).error == "a tape of which no part is whole");
}

TEST_CASE("only a regular file is opened, and a FIFO is not waited for") {
  char directory[] = "/tmp/looptape-refused-XXXXXX";
  REQUIRE(mkdtemp(directory) != nullptr);
  const std::string fifo = std::string(directory) + "/fifo", absent = std::string(directory) + "/absent";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  FileSource a, b, c;
  CHECK(a.open(fifo).what == fifo + ": not a regular file");
  CHECK(b.open(directory).what == std::string(directory) + ": not a regular file");
  CHECK(c.open(absent).what == "open " + absent + ": No such file or directory");
  unlink(fifo.c_str());
  rmdir(directory);
}

TEST_CASE("a file reads as its bytes do, also one that shrinks meanwhile") {
  char path[] = "/tmp/looptape-refused-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  const Recording recording = plain_recording(40, 2000);
  const std::vector<std::byte> file = written(recording);
  REQUIRE(::write(fd, file.data(), file.size()) == static_cast<ssize_t>(file.size()));
  {
    FileSource source;
    REQUIRE_FALSE(source.open(path));
    Keeper keeper;
    CHECK(read_tape(source, keeper).damages == 0);
    CHECK(keeper.recording.blocks == recording.blocks);
  }
  FileSource source;
  REQUIRE_FALSE(source.open(path));
  REQUIRE(ftruncate(fd, static_cast<off_t>(file.size() / 2)) == 0);
  Keeper keeper;
  const TapeResult result = read_tape(source, keeper);
  CHECK(result.ok());
  CHECK(result.damages > 0);
  CHECK(keeper.recording.blocks.size() > 15);
  ::close(fd);
  unlink(path);
}

// ---- made to hurt: checksums are right, contents are not ----------------------------------------------

TEST_CASE("Hostile: any word of any message changed and sealed again never gives a row out of range") {
  const Recording recording = random_recording(6, {6, 4});
  const std::vector<std::byte> original = written(recording);
  Random random(8);
  std::size_t given = 0, refused = 0;
  for (const Lying& message : messages_of(original)) {
    for (std::uint64_t at = 0; at < message.bytes; at += 2) {
      for (int kind = 0; kind < 4; ++kind) {
        std::vector<std::byte> file = original;
        const std::uint16_t values[] = {0, 0xffff, static_cast<std::uint16_t>(random.next()),
                                        static_cast<std::uint16_t>(random.below(64))};
        std::memcpy(file.data() + message.offset + at, &values[kind], 2);
        if (at >= 8) seal(file, message.offset);
        Keeper keeper;
        const TapeResult result = read(file, keeper);
        if (!keeper.in_range || !keeper.in_order) FAIL("byte " << message.offset + at << " value " << values[kind]);
        if (result.ok()) {
          ++given;
          refused += result.damages;
        }
      }
    }
  }
  CHECK(given > 1000);
  CHECK(refused > 1000);
}

TEST_CASE("Hostile: a file that pretends a message at every place is read in linear time") {
  // Each pretended message covers the next 8 MiB; checksumming each would take hours.
  std::vector<std::byte> file(std::size_t{24} << 20);
  const std::uint64_t words[] = {std::uint64_t{(8u << 20) / 8 - 1} << 32, std::uint64_t{4} << 32, tape::kMagic};
  for (std::size_t at = 0; at + sizeof words <= file.size(); at += sizeof words)
    std::memcpy(file.data() + at, words, sizeof words);
  CHECK(read(file).status == Status::kUnreadable);
  TapeIndex index;
  MemorySource source(file);
  CHECK_FALSE(read_tape_index(source, index));
}
