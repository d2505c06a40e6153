// Keys of --where that nobody has: an empty view would not say that the key is the reason.
//
// One thread; looks at one part of what is read after the other.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/request_filter.h"
#include "tools/session.h"

namespace looptape::tools {

class FilterKeys {
 public:
  explicit FilterKeys(const RequestFilter& filter);
  void take(const Trace& trace);
  // After the last part: one line for each key that no request had, with those like it that exist.
  void say_unknown(std::string_view command, Session& session) const;

 private:
  std::vector<std::string> missing_;  // so far
  std::set<std::string> there_;       // keys that requests have, while any is missing
  bool any_request_ = false;
};

}  // namespace looptape::tools
