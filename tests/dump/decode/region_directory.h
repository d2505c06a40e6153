// A private directory as recorders make it in shared memory, for tests that find and recover what lies in it.
//
// One thread; the directory and all in it end with the object.
#pragma once

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "core/process_identity.h"
#include "dump/recover.h"
#include "tests/dump/decode/recording_builder.h"
#include "tests/dump/decode/region_file.h"

namespace looptape::dump::testing {

constexpr std::uint64_t kNobody = 0x7ffffff0;  // beyond any process id

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
  // A region with one stage, "answer", of a process; returns its path.
  std::string put(const std::string& service, std::uint64_t pid, std::uint64_t start) {
    Recording recording;
    recording.thread(0).chunk({.base = 100}).stage({.name = "answer", .start = 100, .end = 110});
    recording.header(core::header::kPid) = pid;
    recording.header(core::header::kProcessStart) = start;
    const auto boot = core::boot_id();
    recording.header(core::header::kBootId) = boot[0];
    recording.header(core::header::kBootId + 1) = boot[1];
    std::memcpy(&recording.header(core::header::kService), service.data(), service.size());
    const auto path = own / (service + "-" + std::to_string(pid) + "-" + std::to_string(start));
    return write_words(path, recording.image(4096));
  }
  std::string put_dead(const std::string& service, std::uint64_t pid = kNobody) { return put(service, pid, 1); }

  TemporaryDirectory directory;
  std::filesystem::path own;
};

// A dump that is written well, and nowhere.
inline DumpOutcome good_dump(const RegionCopy&, const Trigger&) { return {"dump.tape", "", false}; }

}  // namespace looptape::dump::testing
