// Counts the damage that was found while reading and keeps the first of it, for the one line that says so.  Plain data.
#pragma once

#include <cstdint>
#include <string>

#include "dump/rows.h"

namespace looptape::dump {

class DamageTally {
 public:
  void add(const Damage& damage) {
    if (count_++ == 0) first_ = damage;
  }
  // "damaged at byte 4096: … (and 2 more places)"; empty: there is none.
  std::string text() const {
    if (count_ == 0) return {};
    std::string text = "damaged at byte " + std::to_string(first_.offset) + ": " + first_.what;
    if (count_ == 2) text += " (and 1 more place)";
    if (count_ > 2) text += " (and " + std::to_string(count_ - 1) + " more places)";
    return text;
  }

 private:
  Damage first_;
  std::uint64_t count_ = 0;
};

}  // namespace looptape::dump
