// An engine of small size for one test: see running_engine.h.
#include "tests/dump/snapshot/running_engine.h"

#include <stdexcept>

#include "dump/region_reader.h"
#include "dump/snapshot.h"

namespace looptape::dump::testing {

RunningEngine::RunningEngine(const Change& change) {
  core::EngineSettings settings;
  settings.region.service = "test";
  settings.region.directory = directory_.path();
  settings.region.budget_bytes = core::kMinRegionBytes;
  settings.region.max_threads = 64;
  settings.region.max_in_flight = 64;
  if (change) change(settings);
  engine_ = core::Engine::start(settings, &problem_);
  if (engine_ == nullptr) throw std::runtime_error("no recording: " + problem_);
  running_ = true;
}

void RunningEngine::stop() {
  if (running_) engine_->stop(true);
  running_ = false;
}

std::uint64_t RunningEngine::loss(core::Loss which) const {
  return engine_->region.header(core::header::kLosses + static_cast<std::size_t>(which)).load();
}

std::uint64_t RunningEngine::own_slot(std::size_t index) const {
  return engine_->slots->slot_of(*core::t_writer)[index].load();
}

RegionCopy RunningEngine::snapshot() {
  static_cast<void>(grow_staging(*engine_, staging_, engine_->region.bytes()));
  Snapshot snapshot(*engine_);
  if (!snapshot.reserve(0, std::move(staging_))) throw std::runtime_error("no memory for a snapshot");
  return snapshot.finish();
}

RegionCopy RunningEngine::outside() { return read_outside(region_path()); }

RegionCopy read_outside(const std::string& path) {
  RegionReader reader;
  if (const RegionError error = reader.open(path)) throw std::runtime_error(path + ": " + error.text);
  RegionCopy copy;
  if (const RegionError error = reader.read(&copy)) throw std::runtime_error(path + ": " + error.text);
  return copy;
}

Account account_of(const Rows& rows, std::uint16_t id) {
  Account account;
  const Stream& stream = rows.stream(id);
  account.read = stream.records;
  account.dropped = stream.dropped;
  for (const Gap& gap : stream.gaps) account.missing += gap.records;
  return account;
}

}  // namespace looptape::dump::testing
