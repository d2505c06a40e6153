// All the recordings that a command reads: one Trace per recorded process, whatever files they came from.
//
// A sink that sorts recordings by the process's token; one thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tools/trace.h"

namespace looptape::tools {

class TraceSet final : public dump::Sink {
 public:
  // Names the recording that comes next, as messages and views are to call it.
  void set_source(std::string source) { source_ = std::move(source); }
  void opening(const dump::Opening& opening) override;
  void block(const dump::Block& block) override;
  void closing(const dump::Closing& closing) override;
  void damage(const dump::Damage& damage) override;
  // After the last recording.
  void finish();

  std::span<const std::unique_ptr<Trace>> traces() const { return traces_; }
  bool empty() const { return traces_.empty(); }

 private:
  std::string source_;
  std::vector<std::unique_ptr<Trace>> traces_;
  Trace* current_ = nullptr;
  std::vector<dump::Damage> early_;  // damage found before the opening
};

}  // namespace looptape::tools
