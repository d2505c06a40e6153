// A private directory as recorders make it in shared memory, for tests that find and recover what lies in it.
//
// One thread; the directory and all in it end with the object.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "dump/recover.h"
#include "tests/dump/decode/region_file.h"

namespace looptape::dump::testing {

struct RegionDirectory {
  RegionDirectory() : own(directory.path() / ("looptape-" + std::to_string(::geteuid()))) {
    std::filesystem::create_directory(own);
    std::filesystem::permissions(own, std::filesystem::perms::owner_all);
  }
  RegionSearch search(const std::string& service = {}) const {
    RegionSearch search;
    search.shared_memory = directory.path();
    search.service = service;
    search.volatile_ones = false;
    return search;
  }

  TemporaryDirectory directory;
  std::filesystem::path own;
};

// A dump that is written well, and nowhere.
inline DumpOutcome good_dump(const RegionCopy&, const Trigger&) { return {"dump.tape", "", false}; }

}  // namespace looptape::dump::testing
