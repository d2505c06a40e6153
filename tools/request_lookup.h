// Finds the request that an id means: its number, its trace id or the beginning of it, ticket=4892.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/request_view.h"
#include "tools/trace_set.h"

namespace looptape::tools {

// The forms an id may have.
enum class RequestIdForm { kNone, kNumber, kTraceId, kExternal };
// Digits alone are a number; 8 to 32 hex digits a trace id or its beginning; KIND=ID an external id.
RequestIdForm request_id_form(std::string_view text);

struct FoundRequest {
  const Trace* trace = nullptr;
  std::uint32_t request = 0;
};

struct RequestLookup {
  std::vector<FoundRequest> found;  // one: this is it; several: ambiguous
  std::vector<std::string> near;    // when there is none: ids like it that exist, nearest first
};

RequestLookup find_request(const TraceSet& set, std::string_view id);

}  // namespace looptape::tools
