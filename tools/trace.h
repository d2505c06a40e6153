// One recorded process in memory: everything the analyses look at, compactly.
//
// A sink: it takes one recording or several of the same process (dumps that overlap in time hold the same
// requests and stages; each is kept once, in its most complete form), then finish() ties them together.
// After that it is read-only and may be read by any thread.  Of many recordings, what no later one can change may be
// taken away in between (take_settled), so that memory holds a few recordings and not all.  32 bytes per stage, 4 more
// for the index by request; it never keeps a string per stage.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dump/clock_scale.h"
#include "dump/rows.h"
#include "tools/growing_array.h"
#include "tools/number_set.h"

namespace looptape::tools {

inline constexpr std::uint32_t kNone = 0xffff'ffff;

// A stage, finished or (open) still running when the recording was taken.
struct TraceStage {
  std::uint64_t start = 0;        // tick
  std::uint64_t duration = 0;     // ticks; of an open one: so far
  std::uint32_t request = kNone;  // index among the requests; kNone = outside any
  std::uint32_t parent = kNone;   // index among the stages; kNone = directly under its request
  std::uint16_t site = 0;         // index of the name
  std::uint16_t stream = 0;
  std::uint32_t depth : 6 = 0;
  std::uint32_t status : 4 = 0;      // core::Status
  std::uint32_t flags : 4 = 0;       // core::StageFlags
  std::uint32_t attributes : 6 = 0;  // recorded
  std::uint32_t lost : 6 = 0;        // of them missing
  std::uint32_t open : 1 = 0;

  std::uint64_t end() const { return start + duration; }
};
static_assert(sizeof(TraceStage) == 32, "three million stages fit 150 MB with their index");

struct TraceAttribute {
  std::uint64_t owner = 0;   // start tick of the stage, or number of the request
  std::uint64_t value = 0;   // bits of the number; of a text: its original length
  std::uint32_t text = 0;    // offset
  std::uint16_t length = 0;  // kept of it
  std::uint16_t stream = 0;
  std::uint16_t key = 0;     // index of the name
  std::uint16_t source = 0;  // which recording it came from
  core::ValueType type = core::ValueType::kSigned;
  bool of_request = false;
};
// Whose it is; attributes are sorted by it.
inline auto attribute_owner(const TraceAttribute& attribute) {
  return std::tuple(attribute.of_request, attribute.stream, attribute.owner);
}

// An event inside a request, or (request = kNone) one outside, a step of a counter or a reading of a gauge.
struct TraceEvent {
  std::uint64_t at = 0, value = 0;
  std::uint32_t request = kNone;
  std::uint16_t site = 0, stream = 0, source = 0;
  core::ValueType type = core::ValueType::kSigned;
  std::uint8_t record = static_cast<std::uint8_t>(core::RecordType::kEvent);

  core::RecordType kind() const { return static_cast<core::RecordType>(record); }
};
static_assert(sizeof(TraceEvent) <= 40, "counters may step as often as stages end");

// A request that had not ended when a recording was taken.
struct TraceOpenRequest {
  dump::OpenRequest request;
  std::uint64_t until = 0;  // tick at which it was last seen running
};

struct TraceRequest {
  std::uint64_t number = 0;
  std::uint32_t root = kNone;          // its own stage; kNone: still open, or not recorded
  std::uint32_t open = kNone;          // index among the open requests
  std::uint32_t first = 0, count = 0;  // its stages, root included: a stretch of stages_of()
};

// Where a recording came from and what it says of itself.
struct Recording {
  std::string source;
  dump::Format format;
  dump::Process process;
  dump::Trigger trigger;
  dump::Counters counters;
  dump::Closing closing;
  bool closed = false;         // the closing was read: what it covers is known
  std::uint64_t requests = 0;  // that it holds something of, as of its instant
  std::uint64_t identity_attributes =
      0;  // of the closing's attributes: the recorder's own, one request's identity each
  std::vector<dump::Damage> damages;

  // Tick up to which it is complete: the instant of the copy.  Chunk by chunk it may hold more, up to when each was
  // copied.
  std::uint64_t complete_until() const;
  // It ends before saying what it covers.
  bool cut_short() const { return !closed || closing.rebuilt; }
};

// A stretch of time (ticks) of which everything that ended in it is there.
struct Covered {
  std::uint64_t since = 0, until = 0;
};

class Trace final : public dump::Sink {
 public:
  explicit Trace(std::string source = {}) : source_(std::move(source)) {}

  // Names the recording that comes next.
  void set_source(std::string source) { source_ = std::move(source); }
  void opening(const dump::Opening& opening) override;
  void block(const dump::Block& block) override;
  void closing(const dump::Closing& closing) override;
  void damage(const dump::Damage& damage) override;

  // Parts with the requests, and the stages and instants outside any, that were last heard of before a tick, as a
  // trace of their own that is to be finished; more recordings may follow.  What later recordings say of them again
  // is left out, so that nothing is counted twice.  REQUIRES: not finished; the last recording is closed.
  std::unique_ptr<Trace> take_settled(std::uint64_t before);

  // Resolves parents and indexes requests.  REQUIRES: called once, after the last recording.
  void finish();
  // What is known of the process and its recordings, without anything that was recorded.  REQUIRES: finished.
  std::shared_ptr<Trace> without_rows() const;

  const dump::Process& process() const { return process_; }
  std::span<const Recording> recordings() const { return recordings_; }
  std::span<const Covered> covered() const { return covered_; }
  // From when to when (not included) instants outside requests are in this part: always, unless it was parted.
  Covered span() const { return {settled_before_, settled_until_}; }
  const dump::ClockScale& clock() const { return clock_; }

  std::span<const TraceStage> stages() const { return {stages_.begin(), stages_.size()}; }
  std::span<const TraceRequest> requests() const { return requests_; }
  std::span<const TraceEvent> events() const { return {events_.begin(), events_.size()}; }
  // Indexes of a request's stages, by start, the enclosing one first.
  std::span<const std::uint32_t> stages_of(const TraceRequest& request) const {
    return {by_request_.begin() + request.first, request.count};
  }
  std::optional<std::uint32_t> request_by_number(std::uint64_t number) const;
  const TraceOpenRequest& open_request(std::uint32_t index) const { return open_requests_[index]; }

  std::span<const TraceAttribute> attributes_of_stage(std::uint16_t stream, std::uint64_t start) const;
  std::span<const TraceAttribute> attributes_of_request(std::uint64_t number) const;
  std::span<const TraceEvent> events_of(std::uint32_t request) const;  // kNone: counters, gauges, events outside
  std::string_view text_of(const TraceAttribute& attribute) const {
    return std::string_view(text_).substr(attribute.text, attribute.length);
  }

  // Name and kind of a site or key; a number without a name says so.
  std::string name(std::uint16_t id) const;
  std::size_t name_count() const { return names_.size(); }
  std::uint8_t kind(std::uint16_t id) const { return id < names_.size() ? names_[id].kind : 0; }
  std::string_view name_text(std::uint16_t id) const {
    return id < names_.size() ? std::string_view(names_[id].text) : std::string_view();
  }

  // Who recorded on a stream at a tick; nothing when that is not known.
  const dump::Owner* owner(std::uint16_t stream, std::uint64_t tick) const;
  // Whether everything that happened between two ticks is there.
  bool covers(std::uint64_t since, std::uint64_t until) const;

 private:
  struct ParentRef {
    std::uint64_t start = 0;
    std::uint16_t stream = 0;
    bool operator<(const ParentRef& other) const {
      return stream != other.stream ? stream < other.stream : start < other.start;
    }
  };

  class Moving;

  std::uint32_t request_index(std::uint64_t number);
  // The recording that is being read.
  std::uint16_t source() const { return static_cast<std::uint16_t>(recordings_.size() - 1); }
  using Contexts = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // request, reference to the parent
  Contexts add_contexts(const dump::Block& block);
  std::vector<ParentRef> add_stages(const dump::Block& block, const Contexts& contexts);
  void add_attributes(const dump::Block& block, const std::vector<ParentRef>& settled_stages);
  void add_points(const dump::Block& block, const Contexts& contexts);
  std::vector<std::uint64_t> last_heard() const;
  std::vector<bool> begun_later() const;
  void leave_out_begun_later();
  std::unique_ptr<Trace> empty_part() const;
  void take_rows_of(Trace& other);
  void hold(std::uint64_t request, std::uint64_t at);
  void add_open_stages(const dump::Opening& opening);
  void keep_once();
  void keep_attributes_once();
  void keep_events_once();
  void resolve_parents();
  std::uint32_t by_context(std::uint32_t child, std::uint32_t reference) const;
  void index_requests();
  void merge_streams(const dump::Closing& closing);
  void merge_coverage();

  std::string source_;
  dump::Process process_;
  dump::ClockScale clock_;
  std::vector<Recording> recordings_;
  std::vector<Covered> covered_;
  std::vector<dump::Name> names_;
  std::vector<TraceOpenRequest> open_requests_;
  std::unordered_map<std::uint16_t, std::vector<dump::Owner>> owners_;
  GrowingArray<TraceStage> stages_;     // by (stream, start) once kept once
  GrowingArray<ParentRef> references_;  // until parents are resolved
  GrowingArray<TraceAttribute> attributes_;
  GrowingArray<TraceEvent> events_;
  std::string text_;
  std::vector<TraceRequest> requests_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_number_;
  GrowingArray<std::uint32_t> by_request_;
  NumberSet held_;                                   // requests of the recording that is being read
  NumberSet settled_;                                // requests that were parted with
  std::uint64_t settled_before_ = 0;                 // so was everything outside requests that ended before this tick
  std::uint64_t settled_until_ = ~std::uint64_t{0};  // of a settled part: the tick before which the rest begins
};

}  // namespace looptape::tools
