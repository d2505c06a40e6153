// A consistent copy of the running recording, taken from inside the process without stopping anyone.
//
// By the recorder's thread alone, which may have begun one for a dump that waits while it makes another; allocates its
// staging memory, never touches a writer's state, never makes one wait.  Closed chunks are taken off the head of the
// pool's queue, copied, and put at once on the released list, which writers use before anything that is not copied:
// what is overwritten meanwhile has been copied already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/engine.h"
#include "dump/region_copy.h"

namespace looptape::dump {

// Memory for reserve(): at most `more` bytes of those that a copy made now would take and that are not there yet.
// False: all are there, or there is no memory.  Needs no Snapshot, which would open the reserve to writers.
bool grow_staging(core::Engine& engine, Staging& staging, std::size_t more);
// What a copy made now could not take is given back.
void shrink_staging(core::Engine& engine, Staging& staging);

class Snapshot {
 public:
  explicit Snapshot(core::Engine& engine);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // Room in `staging`, which may have been another snapshot's, for as many chunks as the region has, and for `more`.
  // When more are filled while the copy is made, those closed longest ago give way, as they do in the region.  Of this
  // memory only what is filled comes into being.  False: no memory.
  bool reserve(std::size_t more, Staging&& staging = {});
  // How many chunks writers will recycle within `ticks` at the present rate, beyond those that are still free: the part
  // of the look-back that a post-trigger delay of that length would lose.
  std::size_t at_risk(std::uint64_t ticks);
  // Copies up to `count` of the chunks closed longest ago; the rest follows in finish().  Nothing without reserve().
  void copy_oldest(std::size_t count);
  // Copies everything that is not copied yet and returns the whole.  Once, last.  It says of the staging memory that
  // it is this snapshot's and `elsewhere` bytes.
  RegionCopy finish(std::size_t elsewhere = 0);
  std::size_t staging_bytes() const { return copy_.chunks.resident_bytes(); }

 private:
  struct Done {
    std::uint64_t generation = 0, committed = 0;
    std::size_t copy = ChunkCopies::kNone;
  };
  void copy_chunk(std::uint32_t index);
  void found(std::uint64_t stream, std::uint64_t sequence);
  void copy_leftovers();
  void copy_slots();
  void copy_flights();
  void copy_open_chunks();
  void copy_missing();
  void copy_names();

  core::Engine& engine_;
  RegionCopy copy_;
  std::vector<Done> done_;  // by chunk
  // By stream: sequence of the chunk that was open when the stacks were copied; 0 = none, or copied since.
  std::vector<std::uint64_t> wanted_;
};

}  // namespace looptape::dump
