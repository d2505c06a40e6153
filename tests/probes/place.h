// Where a test's recorder keeps its region and its dumps, and what it was told.
//
// One per recorder; ordinary threads.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "looptape/looptape.h"
#include "tests/core/temporary_directory.h"
#include "tests/dump/snapshot/running_engine.h"

namespace looptape::testing {

class Place {
 public:
  // Small, quiet and without delays; change what the test is about.
  Settings settings() {
    Settings settings;
    settings.service = "test";
    settings.directory = directory_.path() + "/output";
    settings.region_directory = directory_.path();
    settings.budget_bytes = core::kMinRegionBytes;
    settings.signal = 0;
    settings.delay = {};
    settings.cooldown = {};
    settings.disk_free_floor = 0;
    settings.say = [this](std::string_view text) {
      const std::lock_guard lock(mutex_);
      said_.emplace_back(text);
    };
    return settings;
  }
  std::vector<std::string> said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }
  std::vector<std::string> tapes() const {
    std::vector<std::string> found;
    for (const std::string& file : directory_.files())
      if (file.ends_with(".tape")) found.push_back(file);
    return found;
  }
  std::size_t regions() const {
    const auto files = directory_.files();
    return static_cast<std::size_t>(std::count_if(files.begin(), files.end(), [](const std::string& file) {
      return file.find("/looptape-" + std::to_string(::geteuid()) + "/") != std::string::npos;
    }));
  }

 private:
  TemporaryDirectory directory_;
  std::mutex mutex_;
  std::vector<std::string> said_;
};

// Everything that was posted before the call has been heard by the recorder's thread: it hears before it serves, so a
// second served call began after a hearing that came after the first.
inline void settle(Recorder& recorder) {
  for (int i = 0; i < 2; ++i) recorder.dump_and_wait("settle");
}

// A counter of the region's header, read from outside.
inline std::uint64_t counter(const Recorder& recorder, std::size_t word) {
  return dump::testing::read_outside(recorder.region_path()).word(word);
}

}  // namespace looptape::testing
