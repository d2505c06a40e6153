// The dumps in the server's output directory, and what the `looptape` command says about them.
//
// One thread. Everything is learnt from the files and from the command's --json output, as any user would.

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tools/demo/outcome.h"

namespace looptape::tools::demo {

class TapeDirectory {
 public:
  explicit TapeDirectory(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // Dumps that were not there at the call before, oldest first.
  std::vector<std::filesystem::path> fresh();

  // As `fresh`, looking again until no dump has appeared for `quiet`.
  std::vector<std::filesystem::path> fresh_when_quiet(std::chrono::milliseconds quiet);

 private:
  std::filesystem::path directory_;
  std::set<std::filesystem::path> known_;
};

struct StageShare {
  std::string stage;  // a step of the pipeline, with all that lies under it
  std::int64_t critical_ns = 0;
};

struct Verdict {
  std::string request;  // the one that caused the dump
  std::int64_t duration_ns = 0;
  std::vector<StageShare> stages;  // largest first; they add up to the duration but for what lies between
};

// Runs `looptape` (a path) on a dump. A failure says what the command said.
Outcome<Verdict> verdict_of(const std::string& looptape, const std::filesystem::path& tape);

// From the two JSON documents that takes: `info` and `requests`.
Outcome<Verdict> verdict_from(const std::string& info_json, const std::string& requests_json);

}  // namespace looptape::tools::demo
