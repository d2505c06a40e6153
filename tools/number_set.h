// A set of numbers that mostly follow each other, kept as stretches.
//
// Memory grows with the gaps and not with the numbers.  One thread.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>

namespace looptape::tools {

class NumberSet {
 public:
  bool contains(std::uint64_t number) const {
    auto next = stretches_.upper_bound(number);
    return next != stretches_.begin() && std::prev(next)->second >= number;
  }
  void add(std::uint64_t number) {
    if (contains(number)) return;
    ++size_;
    std::uint64_t first = number, last = number;
    auto next = stretches_.upper_bound(number);
    if (next != stretches_.end() && number != ~std::uint64_t{0} && next->first == number + 1) {
      last = next->second;
      next = stretches_.erase(next);
    }
    if (next != stretches_.begin() && std::prev(next)->second + 1 == number) {
      std::prev(next)->second = last;
    } else {
      stretches_.emplace(first, last);
    }
  }
  bool empty() const { return stretches_.empty(); }
  std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_ = 0;
  std::map<std::uint64_t, std::uint64_t> stretches_;  // first, last
};

}  // namespace looptape::tools
