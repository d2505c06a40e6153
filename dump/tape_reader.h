// Reads a tape into a Sink, whatever state the file is in.
//
// One thread per call.  Memory: one message and what an opening and a closing hold, both bounded.  Never
// throws of its own accord (what the sink throws passes through).  Every row that a sink is given is in
// range: sites and keys are below the number of names, context indices below the number of the block's
// contexts, texts inside the block's text, enums and depths within what rows.h and layout.h know; ticks
// and stream ids may be anything.
//
// From a truncated or damaged file everything that is whole is given: Sink::damage names each stretch
// that is not and what is lost with it, so that a file that is cut off is damaged in one place; rows that
// are known to be missing appear as gaps of their streams (kDamagedMessage) and move `complete_since`; a
// missing closing is rebuilt from what was read and says so; names of a lost opening come from its spare
// copy, or are shown by their number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dump/rows.h"
#include "dump/tape_io.h"

namespace looptape::dump {

struct TapeResult {
  enum class Status {
    kRead,  // the sink was given a recording, whole or not
    kNotATape,
    kNewerMajor,  // a tape of a version this program cannot read
    kUnreadable,  // a tape once, but no part of it is whole
    kIoError,     // nothing could be read
  };
  Status status = Status::kRead;
  std::string error;                   // one line when status is not kRead; without the file's name
  std::uint16_t major = 0, minor = 0;  // of the tape
  bool newer_minor = false;            // it may hold fields and messages that this program does not show
  std::uint64_t messages = 0;          // whole ones
  std::uint64_t unknown = 0;           // of them: of kinds this program does not know
  std::uint64_t damages = 0, damaged_bytes = 0;
  std::uint64_t lost_rows = 0;  // known to have been in damaged messages
  bool ok() const { return status == Status::kRead; }
};

TapeResult read_tape(ByteSource& source, Sink& sink);
// The opening alone: whose tape it is, and when it was taken.  Tells of no damage, and counts none.
TapeResult read_tape_opening(ByteSource& source, Sink& sink);

}  // namespace looptape::dump
