// Finds the request that an id means: its number, its trace id or the beginning of it, ticket=4892.
//
// One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/near_match.h"
#include "tools/request_view.h"

namespace looptape::tools {

// The forms an id may have.
enum class RequestIdForm { kNone, kNumber, kTraceId, kExternal };
// Digits alone are a number; 8 to 32 hex digits a trace id or its beginning; KIND=ID an external id.
RequestIdForm request_id_form(std::string_view text);

struct FoundRequest {
  std::shared_ptr<const Trace> trace;
  std::uint32_t request = 0;
};

// Looks at one part of what is read after the other; keeps the part that holds the first request found.
class RequestSearch {
 public:
  explicit RequestSearch(std::string id);
  void take(const std::shared_ptr<const Trace>& trace);

  std::uint64_t count() const { return result().count; }  // 1: this is it; more: ambiguous
  const FoundRequest& first() const { return result().first; }
  const std::vector<std::string>& descriptions() const { return result().descriptions; }  // of the first few found
  std::vector<std::string> near() const { return nearest_.texts(); }  // when there is none: ids like it that exist
  std::uint64_t seen() const { return seen_; }                        // requests looked at

 private:
  struct Found {
    std::uint64_t count = 0;
    FoundRequest first;
    std::vector<std::string> descriptions;
  };
  const Found& result() const { return by_number_.count != 0 ? by_number_ : by_other_; }
  static void found(Found& found, const std::shared_ptr<const Trace>& trace, std::uint32_t request);
  void by_number(const std::shared_ptr<const Trace>& trace);
  void by_trace_id(const std::shared_ptr<const Trace>& trace, Nearest* nearest);
  void by_external_id(const std::shared_ptr<const Trace>& trace);

  std::string id_;
  std::optional<std::string> trace_id_;
  RequestIdForm form_;
  Found by_number_, by_other_;
  Nearest nearest_;
  std::uint64_t seen_ = 0;
};

}  // namespace looptape::tools
