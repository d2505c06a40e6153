// Values of --where and --request-kind that nobody has: an empty view would not say that the value is the reason.
//
// One thread; looks at one request after the other.  Memory: a few thousand values of bounded length, whatever is read.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/near_match.h"
#include "tools/request_filter.h"
#include "tools/session.h"

namespace looptape::tools {

class FilterValues {
 public:
  explicit FilterValues(const RequestFilter& filter);
  // Of every request, whether it is accepted or not.
  void see(const RequestHead& head);
  // After the last one: a line for each value that none of them had, with those like it that exist.
  void say_unknown(std::string_view command, Session& session) const;

 private:
  struct Missing {
    std::string option, key, value;
    std::set<std::string> compared = {};
    Nearest near = {};
  };
  static void compare(Missing& missing, std::string known);

  std::vector<Missing> missing_;  // so far
  bool any_request_ = false;
};

}  // namespace looptape::tools
