// The lock by which a region says that whoever records into it is alive.
//
// Ordinary threads; never blocks.  A recorder holds it shared for as long as it records, whoever turns what a dead
// process left into a dump holds it exclusively meanwhile; looking at it takes nothing.  It belongs to the open file,
// so that it ends with the process however that ends, and holds across pid namespaces, where process ids say nothing.
#pragma once

namespace looptape::core {

enum class RegionHolder { kNobody, kRecorder, kClaimer };

enum class RegionLocking { kHeld, kBusy, kUnsupported };

// Shared; `fd` open for reading.  kBusy: somebody is about to remove the file.
RegionLocking hold_region(int fd);
// Exclusive; `fd` open for writing.  kBusy: it is held by a recorder or claimed by another.
RegionLocking claim_region(int fd);
// Who holds it, beside `fd` itself.
RegionHolder region_holder(int fd);

}  // namespace looptape::core
