// Who holds which entry of the in-flight table.
//
// take/give_back: any thread; lock-free, bounded, nothing allocates after construction.
#pragma once

#include <boost/lockfree/stack.hpp>
#include <cstdint>

namespace looptape::core {

class Flights {
 public:
  explicit Flights(std::uint32_t count) : free_(count + 1) {
    for (std::uint32_t i = count; i-- > 0;) free_.push(i);
  }
  // Entry + 1, or 0 when all are taken.
  std::uint32_t take() noexcept {
    std::uint32_t index;
    return free_.pop(index) ? index + 1 : 0;
  }
  void give_back(std::uint32_t entry_plus_one) noexcept { free_.push(entry_plus_one - 1); }

 private:
  boost::lockfree::stack<std::uint32_t, boost::lockfree::fixed_sized<true>> free_;
};

}  // namespace looptape::core
