// Thread slots: leased to threads, each with a stream and an open stack; churn reuses them.
//
// lease/park: any thread (park from a thread's exit).  reclaim: the recorder's thread.  Lock-free, bounded, nothing
// allocates after construction.  A slot's index is in the stack of parked ones or with exactly one thread.
//
// Pairing table
//   P10 kSlotChunk → kReadSlotChunk   a chunk pointed to has its keyframe; one pointed to no more is in the queue
//   P16 kSlotLeased, kSlotParked, kSlotReclaimed → kReadSlotState   a state comes with who the tenant is or was
//   P20 kLeaseBegin → kReclaimLook    who sees a lease sees its tenant's thread id
#pragma once

#include <boost/lockfree/stack.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/region.h"
#include "looptape/core/writer.h"

namespace looptape::core {

// A thread's name as it is kept: zero-padded, and kNameFlagCut when it was longer.
struct ThreadName {
  std::uint64_t words[2] = {0, 0};
  std::uint64_t flags = 0;
};

class Slots {
 public:
  explicit Slots(Region& region);

  // One writer per slot, on private pages that fork fills with zeros.  False: no memory.
  bool map_writers(std::uint64_t epoch, bool tsc);
  // A slot for the calling thread, or null when all are taken.
  Writer* lease(std::uint64_t tid, const ThreadName& name = {}) noexcept;
  // Gives the slot back; its stream keeps its open chunk for the next tenant.
  void park(Writer& writer) noexcept;
  // Parks the slots of threads that vanished without saying so.  Returns how many.  `is_gone`: tests hold it.
  static bool thread_is_gone(std::uint64_t tid) noexcept;
  std::size_t reclaim(bool (*is_gone)(std::uint64_t tid) noexcept = thread_is_gone) noexcept;
  // Sends every writer into the slow path.
  void stop_all() noexcept;

  std::size_t count() const { return region_.slot_count(); }
  Writer& writer(std::size_t index) { return writers_[index]; }
  Word* slot_of(const Writer& writer) { return region_.slot(writer.stream); }

 private:
  // False: somebody has ended this lease already.
  bool end_lease(std::size_t index, std::uint64_t lease) noexcept;

  Region& region_;
  boost::lockfree::stack<std::uint32_t, boost::lockfree::fixed_sized<true>> parked_;
  // By slot: ordinal of the last lease << 1 | 1 while it lasts.  Whoever ends a lease does it by exchanging this very
  // word, so that a thread that looked long ago cannot end the next tenant's.
  std::unique_ptr<Atomic<std::uint64_t>[]> leases_;
  Writer* writers_ = nullptr;
  std::size_t writers_bytes_ = 0;
};

}  // namespace looptape::core
