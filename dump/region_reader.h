// Reads a region from outside: of a running, a stopped or a dead process, from its file or through /proc/PID/fd.
//
// One thread; only `pread`, never a mapping, so that a file that shrinks is an error and not a signal.  The process
// is neither asked nor slowed down.  What is overwritten while it is being read is lost at the old end only, and
// counted by the keyframes of what follows.
//
// Two rounds.  The first copies every chunk and may take long.  Then the moment of the snapshot is read, and the
// open stacks and requests in flight; the second round copies again what has changed since the first.  So the copy is
// complete up to that moment, and what was recycled between the rounds is still there from the first one.
//
// The barriers of the chunk protocol are system calls here: the generation and committed length are read in a call
// before the one that copies the records, the generation again in one after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dump/region_copy.h"
#include "dump/region_geometry.h"

namespace looptape::dump {

// A region that is open for reading.  Move-only; closes its descriptor.
class RegionReader {
 public:
  RegionReader() = default;
  ~RegionReader();
  RegionReader(RegionReader&& other) noexcept;
  RegionReader& operator=(RegionReader&& other) noexcept;
  RegionReader(const RegionReader&) = delete;
  RegionReader& operator=(const RegionReader&) = delete;

  // Opens a region file; symbolic links are refused unless the path is a descriptor's under /proc.
  RegionError open(const std::string& path);
  // Takes over a descriptor.
  RegionError adopt(int fd);

  // Header as it stood at open.
  const HeaderWords& header() const { return header_; }
  std::uint64_t file_bytes() const { return file_bytes_; }
  int descriptor() const { return fd_; }

  // Copies everything; may be called again for a newer copy.
  RegionError read(RegionCopy* copy);

 private:
  // What was copied of a chunk.
  struct Seen {
    std::uint64_t generation = 0, committed = 0;
    std::size_t copy = ChunkCopies::kNone;
    std::uint64_t stream = 0, sequence = 0;
    bool current = false;  // still so when it was last looked at
  };

  RegionError check();
  bool get(std::uint64_t offset, void* to, std::size_t bytes) const;
  bool get_anchor();
  bool read_table(const Extent& extent, std::vector<std::uint64_t>* words) const;
  bool read_slots(RegionCopy* copy) const;
  bool read_flights(RegionCopy* copy) const;
  bool read_names(RegionCopy* copy) const;
  bool read_chunks(RegionCopy* copy, std::vector<Seen>* seen) const;
  bool read_changed(RegionCopy* copy, std::vector<Seen>* seen) const;
  bool read_chunk(std::uint64_t index, RegionCopy* copy, Seen* seen) const;
  bool read_header_again(RegionCopy* copy) const;
  static void note_gone(RegionCopy* copy, const std::vector<Seen>& seen);

  int fd_ = -1;
  std::uint64_t file_bytes_ = 0;
  HeaderWords header_{};
  Geometry geometry_;
};

}  // namespace looptape::dump
