// Where the dumps of a service go, and how a copy of a region becomes one there.
//
// Makes the directory (for its owner alone) when it is not there.  One thread.
#pragma once

#include <cstdint>
#include <string>

#include "dump/dump_outcome.h"

namespace looptape::tools {

// Writes into the directory of the service that the copy names, under the default directory; into `unknown` there when
// no recorder may be called so, for the name comes from the region.  Keeps to the limits of recorders
// (LOOPTAPE_DISK_BYTES, _FILES, _FREE_FLOOR, else the usual ones, or what is there when that is more;
// LOOPTAPE_DISK_AGE, else none): the oldest dumps go to make room, and when that cannot make enough it is refused.  So
// it is when one of these is no limit that a recorder would take.
dump::DumpOutcome write_service_dump(const dump::RegionCopy& copy, const dump::Trigger& trigger);

// Writes exactly `path`, whole or not at all; a file that is there already is refused.
dump::DumpOutcome write_dump_as(const std::string& path, const dump::RegionCopy& copy, const dump::Trigger& trigger);

}  // namespace looptape::tools
