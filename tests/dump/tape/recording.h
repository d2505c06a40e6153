// Recordings made up for the tests of the tape: a builder, a sink that keeps everything, bytes in memory.
//
// Tests only; one thread.  Random recordings follow from their seed alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dump/rows.h"
#include "dump/tape_io.h"

namespace looptape::dump {

// Field by field; what a tape stores must survive it.
bool operator==(const Anchor&, const Anchor&);
bool operator==(const Process&, const Process&);
bool operator==(const Trigger&, const Trigger&);
bool operator==(const Counters&, const Counters&);
bool operator==(const Name&, const Name&);
bool operator==(const Owner&, const Owner&);
bool operator==(const Gap&, const Gap&);
bool operator==(const Stream&, const Stream&);
bool operator==(const StageRow&, const StageRow&);
bool operator==(const PointRow&, const PointRow&);
bool operator==(const OpenStage&, const OpenStage&);
bool operator==(const OpenRequest&, const OpenRequest&);
bool operator==(const Opening&, const Opening&);
bool operator==(const Closing&, const Closing&);
bool operator==(const Damage&, const Damage&);
// Texts of attributes are compared by what they are, not by where they lie.
bool operator==(const Block&, const Block&);

}  // namespace looptape::dump

namespace looptape::dump::test {

struct Recording {
  Opening opening;
  std::vector<Block> blocks;
  Closing closing;
};

// Small and fast; the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  // Mostly small, sometimes of any size.
  std::uint64_t number();
  std::string text(std::size_t longest);  // any bytes but a trailing nothing

 private:
  std::uint64_t state_;
};

// Everything set, one block per entry of `rows`; fields take any value that is in range.
Recording random_recording(std::uint64_t seed, const std::vector<std::size_t>& rows);
Block random_block(Random& random, std::uint16_t stream, std::size_t rows, std::size_t names);

// What a busy server leaves: plain stages on a few streams, in the order of their ends.
Recording plain_recording(std::size_t blocks, std::size_t stages_per_block);

// Keeps what it is given.
class Keeper : public Sink {
 public:
  void opening(const Opening& opening) override;
  void block(const Block& block) override;
  void closing(const Closing& closing) override;
  void damage(const Damage& damage) override;

  Recording recording;
  std::vector<Damage> damages;
  int openings = 0, closings = 0;
  bool in_order = true;  // opening, then blocks, then closing
  bool in_range = true;  // every row points at something that exists

 private:
  std::size_t names_ = 0;
};

class MemoryOutput : public ByteOutput {
 public:
  IoError write(std::span<const std::byte> bytes) override;
  std::vector<std::byte> bytes;
};

std::vector<std::byte> written(const Recording& recording);

// One message of a file, as its frame says.
struct Lying {
  std::uint64_t offset = 0, bytes = 0;
  std::uint16_t kind = 0;
};
std::vector<Lying> messages_of(const std::vector<std::byte>& file);
// Makes the checksum of the message right again after a test has changed its content.
void seal(std::vector<std::byte>& file, std::uint64_t offset);

}  // namespace looptape::dump::test
