// Finds the whole messages of a tape, one after the other, and says what lies between them.
//
// One thread.  Memory: one message.  Knows frames and checksums only; the checksum decides before
// anything else looks at a message.  After damage it looks for the next magic at the alignment messages
// have.  Time is linear in the file's size whatever the file holds: see kFalseStarts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dump/rows.h"
#include "dump/tape_format.h"
#include "dump/tape_io.h"

namespace looptape::dump::tape {

class MessageScanner {
 public:
  struct Message {
    Frame frame;
    std::uint64_t offset = 0;
    std::span<const std::uint64_t> words;  // valid until the next call
  };

  // Damage goes to `sink`, unless there is none, when more is found or on flush(): until then it may be said what
  // follows from it.  Both must outlive the scanner.
  MessageScanner(ByteSource& source, Sink* sink) : source_(source), sink_(sink) {}

  // The next whole message of the tape; false at the end.
  bool next(Message& message);
  // Says that the message last returned contradicts itself after all, so that it counts as damage.
  void reject(const Message& message, const std::string& what);
  // Says that something is not there which would have come at `from` or later.  The damage last found explains it when
  // it lies there: the same place, in which it is said as well.  Else it is a place of its own.
  void missing(std::uint64_t from, const std::string& what);
  void flush();

  std::uint64_t damages() const { return damages_; }
  std::uint64_t damaged_bytes() const { return damaged_bytes_; }
  const IoError& error() const { return error_; }

 private:
  // Counts a damage and keeps it for flush(), in case that something missing is explained by it.
  void report(std::uint64_t offset, std::uint64_t bytes, const std::string& what);
  // Why there is no whole message at `offset`; empty when there is one.
  std::string examine(std::uint64_t offset, Message& message);
  std::uint64_t find_magic(std::uint64_t from);
  // `bytes` from `offset` in memory; null when the source does not have them.
  const std::uint64_t* fetch(std::uint64_t offset, std::size_t bytes);

  ByteSource& source_;
  Sink* sink_;
  std::vector<std::uint64_t> buffer_;
  std::uint64_t buffer_offset_ = 0;
  std::size_t buffer_bytes_ = 0;
  std::uint64_t position_ = 0;
  bool begun_ = false;  // a message was found: its tape and number are known
  std::uint64_t tape_ = 0;
  std::uint32_t number_ = 0;
  std::uint64_t false_bytes_ = 0;  // checksummed in vain
  std::uint64_t damages_ = 0, damaged_bytes_ = 0;
  std::optional<Damage> held_;  // the damage last found
  IoError error_;
};

}  // namespace looptape::dump::tape
