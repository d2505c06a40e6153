// Where the dumps of a service go, and how a copy of a region becomes one there.
//
// Makes the directory (for its owner alone) when it is not there.  One thread.
#pragma once

#include <string>

#include "dump/dump_outcome.h"

namespace looptape::tools {

// Writes into the directory of the service that the copy names, under the default directory.  A name that is no
// plain file name is refused: it comes from the region.
dump::DumpOutcome write_service_dump(const dump::RegionCopy& copy, const dump::Trigger& trigger);

// Writes exactly `path`, whole or not at all; a file that is there already is refused.
dump::DumpOutcome write_dump_as(const std::string& path, const dump::RegionCopy& copy, const dump::Trigger& trigger);

}  // namespace looptape::tools
