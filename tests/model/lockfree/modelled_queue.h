// What stands for Boost.Lockfree's fixed-size queue and stack in the model check: one step each, and what their
// contract says about order.  Tests only.
//
// A pop sees everything that came before the push of what it pops.  A pop that finds nothing has seen nothing: also
// where there is something, unless the push of it happens before the pop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "tests/model/interleaver.h"

namespace boost::lockfree {
template <bool>
struct fixed_sized {};
namespace detail {
struct tagged_index {
  std::uint32_t index;
};
}  // namespace detail
}  // namespace boost::lockfree

namespace looptape::model {

template <class T, bool kFirstInFirstOut>
class ModelledQueue : private Restorable {
 public:
  explicit ModelledQueue(std::size_t capacity) : capacity_(capacity) {}

  bool push(const T& value) noexcept {
    Interleaving* const run = Interleaving::current();
    if (run != nullptr) run->queue_step(state_);
    if (items_.size() >= capacity_) return false;
    items_.push_back({value, run != nullptr ? run->push() : Interleaving::Pushed{}});
    return true;
  }
  bool pop(T& value) noexcept {
    Interleaving* const run = Interleaving::current();
    if (run != nullptr) run->queue_step(state_);
    if (items_.empty() || (run != nullptr && seems_empty(*run))) return false;
    const Item item = kFirstInFirstOut ? items_.front() : items_.back();
    if (kFirstInFirstOut)
      items_.pop_front();
    else
      items_.pop_back();
    if (run != nullptr) run->pop(item.pushed);
    value = item.value;
    return true;
  }

 private:
  struct Item {
    T value;
    Interleaving::Pushed pushed;
  };
  bool seems_empty(Interleaving& run) const {
    for (const Item& item : items_)
      if (run.known(item.pushed)) return false;
    return run.may_seem_empty();
  }
  void save() override { saved_ = items_; }
  void restore() override { items_ = saved_; }

  const std::size_t capacity_;
  Checked::Cell state_;
  std::deque<Item> items_, saved_;
};

}  // namespace looptape::model
