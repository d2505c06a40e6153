// Records whose every word follows from the thread that wrote them and their place in its stream.
//
// NumberedWriter: one per thread, used by that thread alone.  check_chunk: any thread; looks at nothing but the words
// it is given, and shares no code with the decoder.  So a record that is torn, doubled, missing or of another life of
// its chunk is seen wherever it stands.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace looptape::dump::testing {

// What a lease of a stream begins with: its owner record and its context record.
inline constexpr std::uint64_t kLeaseRecords = 2;

class NumberedWriter {
 public:
  NumberedWriter();  // for the calling thread
  static constexpr std::uint64_t kCycle = 8;
  // Two events, a gauge, a counter, and two nested stages with an attribute each.
  void cycle();
  std::uint64_t records() const { return records_; }  // the lease's own two included

 private:
  std::uint64_t next_value() { return value(tid_, ++records_); }
  static std::uint64_t value(std::uint64_t tid, std::uint64_t serial);
  friend class ChunkCheck;

  std::uint64_t tid_, records_ = kLeaseRecords;
};

// Bytes of the first `records` records of a stream with one tenant.
std::uint64_t numbered_bytes(std::uint64_t records);

struct ChunkTally {
  std::uint64_t stream = 0, sequence = 0, generation = 0;
  std::uint64_t before = 0, bytes_before = 0;  // records and bytes of the stream before this chunk, as it says
  std::uint64_t records = 0, bytes = 0;        // in this chunk
  std::uint64_t points = 0, stages = 0;        // of them
};

// Goes through a copied chunk record by record.  Empty: each is the one that belongs there, to the last bit.
std::string check_chunk(std::span<const std::uint64_t> words, ChunkTally* tally);

// Names of an open stage at this depth; see NumberedWriter::cycle.
std::uint16_t numbered_stage_site(unsigned depth);

}  // namespace looptape::dump::testing
