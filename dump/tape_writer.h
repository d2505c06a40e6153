// Writes a recording as a tape: a Sink that turns rows into Cap'n Proto messages, as they come.
//
// One thread at a time.  Memory is bounded by about one message (9 MiB, touched as they are needed) and
// the index; nothing is kept of the blocks.  Never throws; the first failure stops everything and is a value to be
// asked for.
#pragma once

#include <cstdint>
#include <memory>

#include "dump/rows.h"
#include "dump/tape_io.h"

namespace looptape::dump {

class TapeWriter : public Sink {
 public:
  // `output` must outlive the writer.
  explicit TapeWriter(ByteOutput& output);
  ~TapeWriter() override;
  TapeWriter(const TapeWriter&) = delete;
  TapeWriter& operator=(const TapeWriter&) = delete;

  // REQUIRES: one opening, then any number of blocks, then one closing; anything else is a failure.
  void opening(const Opening& opening) override;
  // A block of more than 65 536 rows becomes several, with its contexts renumbered.
  void block(const Block& block) override;
  // Finishes the tape.  Whether it is durable is the output's concern.
  void closing(const Closing& closing) override;

  // The first failure; asked for after closing().
  const IoError& error() const;
  bool finished() const;        // closing() succeeded
  std::uint64_t bytes() const;  // of the tape so far; up to 1 MiB may not be written yet
  std::uint64_t messages() const;
  // Rows that pointed at a name, context or text that does not exist, and texts too long for a message:
  // written with what is nearest to the truth (name 0, an empty context, cut text).  0 in a sound program.
  std::uint64_t repaired() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace looptape::dump
