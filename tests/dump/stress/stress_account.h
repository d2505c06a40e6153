// The books of a copied region, kept twice: from the words of its chunks alone, and as the decoder tells them.
//
// One thread at a time; the copy comes from a snapshot or from outside.  The writers are NumberedWriters.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "dump/region_copy.h"

namespace looptape::dump::testing {

// One stream: every record up to the newest one in the copy is in exactly one of these.
struct StreamAccount {
  std::uint64_t read = 0;                        // checked word by word
  std::uint64_t overwritten = 0, overtaken = 0;  // recycled before the copy was begun; under the reader's hands
  std::uint64_t rejected = 0;                    // contradicted the format
  std::uint64_t read_bytes = 0, lost_bytes = 0;  // bytes of the same
  std::uint64_t newest = 0;                      // place in the stream of the newest record that was read
  std::uint64_t dropped = 0, lost_slot = 0, lost_slot_bytes = 0;  // what the slot's own counters say
  bool tail_missing = false;                                      // what the stream wrote last was not to be had

  std::uint64_t lost() const { return overwritten + overtaken + rejected; }
};

struct RegionAccount {
  std::string wrong;  // empty: both books agree, and no record is torn
  std::map<std::uint64_t, StreamAccount> streams;
  std::uint64_t chunks = 0, records = 0;
};

RegionAccount account_for(const RegionCopy& copy);

}  // namespace looptape::dump::testing
