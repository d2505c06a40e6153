// A recording of this very process, for tests: started in a directory of its own, read from inside and outside.
//
//   RunningEngine engine;
//   { Stage<"rerank"> stage; }
//   Rows rows = engine.rows();
//
// One at a time, from one thread.  Throws when it cannot start.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "core/engine.h"
#include "dump/region_copy.h"
#include "tests/core/temporary_directory.h"
#include "tests/dump/decode/recording_builder.h"

namespace looptape::dump::testing {

class RunningEngine {
 public:
  using Change = std::function<void(core::EngineSettings&)>;
  explicit RunningEngine(const Change& change = {});
  ~RunningEngine() { stop(); }
  RunningEngine(const RunningEngine&) = delete;
  RunningEngine& operator=(const RunningEngine&) = delete;

  core::Engine& operator*() { return *engine_; }
  core::Engine* operator->() { return engine_; }
  const std::string& problem() const { return problem_; }
  const std::string& region_path() const { return engine_->region.path(); }
  std::uint64_t loss(core::Loss which) const;
  // A word of the slot of the calling thread.
  std::uint64_t own_slot(std::size_t index) const;

  RegionCopy snapshot();  // from inside, chunks released as a dump does, into memory that is there
  void give_back(RegionCopy&& copy) { staging_ = std::move(copy.chunks).release(); }  // it, for the next one
  RegionCopy outside();                                                               // as another process reads it
  Rows rows() { return decode(snapshot()); }
  void stop();  // unlinks the region

 private:
  looptape::testing::TemporaryDirectory directory_;
  std::string problem_;
  core::Engine* engine_ = nullptr;
  Staging staging_;
  bool running_ = false;
};

// Reads the region at `path` from its file; throws when it cannot.
RegionCopy read_outside(const std::string& path);

// What a stream's rows and losses add up to.
struct Account {
  std::uint64_t read = 0, missing = 0, dropped = 0;
};
Account account_of(const Rows& rows, std::uint16_t stream);

}  // namespace looptape::dump::testing
