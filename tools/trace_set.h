// All the recordings that a command reads: one Trace per recorded process, whatever files they came from.
//
// A sink that sorts recordings by the process's token; one thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tools/trace.h"

namespace looptape::tools {

// Gets a finished part of what is read.  A view that needs its rows later keeps the pointer.
using TakeTrace = std::function<void(const std::shared_ptr<const Trace>&)>;

class TraceSet final : public dump::Sink {
 public:
  // Names the recording that comes next, as messages and views are to call it.
  void set_source(std::string source) {
    source_ = std::move(source);
    early_.clear();  // of one that turned out to hold no recording
  }
  void opening(const dump::Opening& opening) override;
  void block(const dump::Block& block) override;
  void closing(const dump::Closing& closing) override;
  void damage(const dump::Damage& damage) override;

  // After the last recording: all of it stays.
  void finish();

  // Or part by part.  After a recording, when later ones of its process follow: what they cannot change is passed on.
  void pass_settled(const TakeTrace& take);
  // After the last recording of a process: the rest is passed on; traces() keeps what is known beside the rows.
  void pass_rest(const TakeTrace& take);

  std::span<const std::shared_ptr<Trace>> traces() const { return traces_; }

 private:
  void sort();

  std::string source_;
  std::vector<std::shared_ptr<Trace>> traces_;
  std::size_t passed_on_ = 0;        // so many of them, the first ones, have no rows any more
  Trace* current_ = nullptr;         // the recording that is being read belongs to it
  Trace* latest_ = nullptr;          // the last one that was read
  std::vector<dump::Damage> early_;  // damage found before the opening
};

}  // namespace looptape::tools
