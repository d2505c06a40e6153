// Keys of the attributes that say whose request it is; the recorder writes them beside the application's own.
//
// Pure.
#pragma once

#include <string_view>

namespace looptape::tools {

inline constexpr std::string_view kIdentityPrefix = "looptape.";
inline constexpr std::string_view kTraceIdKey = "looptape.trace_id";        // 16 bytes, as it is written
inline constexpr std::string_view kParentSpanKey = "looptape.parent_span";  // of the caller's traceparent
inline constexpr std::string_view kTenantKey = "looptape.tenant";
inline constexpr std::string_view kUserKey = "looptape.user";
inline constexpr std::string_view kSessionKey = "looptape.session";
inline constexpr std::string_view kAttributeCountKey = "looptape.attributes";  // how many were written before it
inline constexpr std::string_view kExternalKeyPrefix = "looptape.external:";   // then the kind of id

// Of a request's attribute: written by the recorder unasked.  Ids of other systems are the application's own.
constexpr bool is_recorders_own(std::string_view key) {
  return key.starts_with(kIdentityPrefix) && !key.starts_with(kExternalKeyPrefix);
}

}  // namespace looptape::tools
