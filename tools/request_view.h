// A request as the views show it: who asked, when, how it ended, its tree of stages in nanoseconds, the critical path
// through them, and the slack and drag of each.
//
// Reads a finished Trace; a viewer is for one thread (it keeps scratch memory between requests).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dump/critical_path.h"
#include "tools/trace.h"

namespace looptape::tools {

enum class RequestState {
  kFinished,
  kRunning,   // had not ended when the recording was taken
  kRootless,  // its own record is missing: begun or ended outside what was kept
};

// What is known of a request without looking at its stages.
struct RequestHead {
  const Trace* trace = nullptr;
  std::uint32_t index = kNone;  // among the trace's requests
  std::uint64_t number = 0;
  RequestState state = RequestState::kFinished;
  std::uint8_t status = 0;           // core::Status, when finished
  std::string kind;                  // as the application names this sort of request; empty = unknown
  std::uint64_t start = 0, end = 0;  // ticks; of a running one `end` is when it was last seen
  std::int64_t start_wall_ns = 0, duration_ns = 0;
  std::uint64_t trace_high = 0, trace_low = 0, parent_span = 0, user_hash = 0;
  std::string tenant, user, session;
  std::vector<std::pair<std::string, std::string>> external_ids;  // kind, id
  bool ended_in_copy = false;  // whole but for its end, which came while the copy of the region was made
  bool whole = false;          // everything recorded of it is there
};

// One stage of it; stages[0] is the request itself.
struct ViewStage {
  std::uint32_t stage = kNone;   // index in the trace; kNone: a request whose own stage is not there
  std::uint32_t parent = kNone;  // index in the view
  std::uint32_t depth = 0;       // in the tree
  std::int64_t start_ns = 0;     // since the request's start
  std::int64_t duration_ns = 0, critical_ns = 0, self_ns = 0;
  std::int64_t slack_ns = 0, drag_ns = 0;  // as dump/slack_drag.h says
};

struct RequestView {
  RequestHead head;
  std::vector<ViewStage> stages;            // a stage before its children, siblings by start
  std::vector<dump::PathSegment> segments;  // of the critical path; ns since the request's start, stages of the view
  std::uint32_t lost_attributes = 0;
};

// "ok", "error", …, "running", "incomplete" (the request's own record is missing).
std::string request_status(const RequestHead& head);
std::string stage_status(std::uint8_t status);
// All that this version knows by name.  A newer one's is kUnknownStatus and its number.
std::span<const std::string_view> request_statuses();
inline constexpr std::string_view kUnknownStatus = "status ";

class RequestViewer {
 public:
  explicit RequestViewer(const Trace& trace);
  RequestHead head(std::uint32_t request) const;
  RequestView view(std::uint32_t request);

 private:
  void identify(RequestHead& head) const;
  std::vector<ViewStage> tree(const RequestHead& head, std::uint32_t root);

  const Trace& trace_;
  std::vector<std::uint32_t> position_;  // of a trace's stage in the view being made
};

// Keys of attributes that say whose a request is; all others are the application's own.
bool identifies_request(std::string_view key);

}  // namespace looptape::tools
