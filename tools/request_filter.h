// Which requests a view is about: --where, --since, --until, --request-kind.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/request_view.h"

namespace looptape::tools {

// One condition of --where: KEY=VALUE or KEY!=VALUE.
struct Condition {
  std::string key, value;  // of trace_id: how it begins
  bool equal = true;
};

struct RequestFilter {
  std::vector<Condition> conditions;                         // all must hold
  std::optional<std::int64_t> since_wall_ns, until_wall_ns;  // of the request's start: since ≤ start < until
  std::string kind;                                          // empty: any

  bool accepts(const RequestHead& head) const;
  bool accepts_time(std::int64_t start_wall_ns) const;
};

// Nothing when the text has no `=`.
std::optional<Condition> parse_condition(std::string_view text);
// Why no request can ever have that value; empty: one could.
std::string impossible_value(const Condition& condition);

// Keys that every request has, whatever it was given.
std::span<const std::string_view> own_keys();
bool is_own_key(std::string_view key);
// What the recorder itself knows of a request under such a key; empty: nothing.  REQUIRES: it is one of them.
std::string own_value(const RequestHead& head, std::string_view key);

// Any other is an external id's kind, an attribute of the request, or STAGE.KEY for an attribute of a stage.
inline constexpr std::string_view kFilterKeys =
    "kind, status, tenant, user, session, service, host, version, pid, trace_id (its first 8 or more digits), an "
    "external id's kind, an attribute of the request, or STAGE.ATTRIBUTE";

}  // namespace looptape::tools
