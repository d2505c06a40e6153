// Receives a recording and keeps what was told of it as a whole.
//
// Used by the benchmarks; one thread.
#pragma once

#include <cstdint>

#include "dump/rows.h"

namespace looptape::bench {

class CountingSink : public dump::Sink {
 public:
  void opening(const dump::Opening& opening) override { opening_ = opening; }
  void block(const dump::Block& block) override {
    rows_ += block.stages.size() + block.attributes.size() + block.points.size();
  }
  void closing(const dump::Closing& closing) override { closing_ = closing; }
  void damage(const dump::Damage&) override { ++damages_; }

  std::uint64_t rows() const { return rows_; }
  std::uint64_t damages() const { return damages_; }
  const dump::Opening& opening() const { return opening_; }
  const dump::Closing& closing() const { return closing_; }

 private:
  std::uint64_t rows_ = 0, damages_ = 0;
  dump::Opening opening_;
  dump::Closing closing_;
};

}  // namespace looptape::bench
