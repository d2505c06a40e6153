// A bounded map that forgets what was used longest ago.
//
// Any thread may call it: one mutex, held for a look-up or an insertion only. Values are copied out,
// so nothing a caller holds can be evicted from under it.

#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace looptape::tools::demo {

template <class Key, class Value>
class LruCache {
 public:
  explicit LruCache(std::size_t capacity) : capacity_(capacity) {}
  LruCache(const LruCache&) = delete;
  LruCache& operator=(const LruCache&) = delete;

  // A hit makes the key the one used last.
  std::optional<Value> get(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto it = places_.find(key);
    if (it == places_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, it->second);
    return it->second->second;
  }

  // Inserts or replaces. Returns how many other entries were evicted to make room.
  std::size_t put(const Key& key, Value value) {
    const std::lock_guard lock(mutex_);
    if (const auto it = places_.find(key); it != places_.end()) {
      it->second->second = std::move(value);
      entries_.splice(entries_.begin(), entries_, it->second);
      return 0;
    }
    if (capacity_ == 0) return 0;
    std::size_t evicted = 0;
    while (entries_.size() >= capacity_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
      ++evicted;
    }
    entries_.emplace_front(key, std::move(value));
    places_.emplace(key, entries_.begin());
    return evicted;
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  using Entries = std::list<std::pair<Key, Value>>;

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  Entries entries_;                                             // the one used last in front; guarded by mutex_
  std::unordered_map<Key, typename Entries::iterator> places_;  // guarded by mutex_
};

}  // namespace looptape::tools::demo
