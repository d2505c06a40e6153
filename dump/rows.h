// What a recording consists of once it is decoded: the rows that flow from a decoder to a sink.
//
// Data only; plain values, owned by whoever holds them; no threads, no I/O.  Producers: the assembler (from
// chunks of a region) and the tape reader.  Consumers: the tape writer and the tools' in-memory trace.  Ticks
// stay raw here; only views turn them into nanoseconds (see clock_scale.h).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "looptape/core/layout.h"
#include "looptape/core/trigger.h"

namespace looptape::dump {

// One moment read on three clocks.
struct Anchor {
  std::uint64_t tick = 0;
  std::uint64_t monotonic_ns = 0;
  std::uint64_t wall_ns = 0;  // since 1970-01-01 UTC
};

// How much a region has room for at the same time; zeros: not known.
struct Room {
  std::uint32_t threads = 0, in_flight = 0, names = 0, chunks = 0, chunk_bytes = 0;
  bool operator==(const Room&) const = default;
};

// The process that was recorded and how.
struct Process {
  std::string service, host, version;               // version: of the application
  std::string recorder;                             // version of Looptape that recorded it
  std::uint64_t pid = 0, start_time = 0, uid = 0;   // start_time: field 22 of /proc/PID/stat
  std::array<std::uint64_t, 2> boot_id{}, token{};  // token: identity of this recording
  core::ClockKind clock = core::ClockKind::kTsc;
  Anchor first, last;                                                  // at start and the freshest one
  std::uint64_t window_ns = 0;                                         // promised window
  std::uint64_t flags = 0;                                             // core::RegionFlags
  std::uint64_t region_bytes = 0, staging_bytes = 0, other_bytes = 0;  // the recorder's memory, by kind
  Room room;
  std::uint64_t recorder_cpu_ns = 0;  // CPU time of the recorder's own thread
  std::uint64_t snapshot_tick = 0;    // when this copy was taken
  std::uint64_t paused_at = 0;        // tick since when nothing was recorded; 0: it was
  std::uint64_t resumed_at = 0;       // tick of the last time recording went on; 0: never
  bool alive = false;                 // the process ran when the copy was taken
  bool clean_exit = false;
};

using core::kTriggerKinds;
using core::TriggerKind;

// Why this dump exists.
struct Trigger {
  TriggerKind kind = TriggerKind::kNone;
  std::string name;                          // "SIGUSR2", the caller's reason, the request kind
  bool name_cut = false;                     // it was longer
  std::uint64_t tick = 0;                    // when it fired
  std::uint64_t request = 0;                 // the request that caused it; 0 = none
  std::uint64_t value_ns = 0, limit_ns = 0;  // of a slow request
  std::uint64_t delay_ns = 0;                // from when it fired to the snapshot, as measured
};

// Counters that are process-wide and cumulative since the recorder started.
struct Counters {
  std::array<std::uint64_t, core::kLossCount> losses{};
  std::array<std::uint64_t, kTriggerKinds> triggers_seen{}, triggers_suppressed{};
  std::uint64_t dumps_written = 0, dumps_failed = 0, dumps_refused = 0;
};

// A registered name; its index in the list is the id that sites, keys and kinds carry.
struct Name {
  std::string text;
  std::uint8_t kind = 0;   // looptape::Kind of a stage; 0 for others
  std::uint8_t flags = 0;  // core::kNameFlagCut
};

// A lease of a stream by a thread, from `since` until the next lease.
struct Owner {
  std::uint64_t since = 0;  // tick
  std::uint64_t tid = 0, ordinal = 0;
  std::string name;       // as given through the API; may be empty
  bool name_cut = false;  // it was longer
};

enum class GapReason : std::uint8_t {
  kOverwritten = 0,  // recycled before the snapshot: normal at the old end
  kRecycledWhileRead = 1,
  kRejected = 2,        // the chunk's content contradicted the format
  kDamagedMessage = 3,  // of a tape
};
// A stretch of a stream that is missing between two readable chunks or before the first.
struct Gap {
  GapReason reason = GapReason::kOverwritten;
  std::uint64_t records = 0, bytes = 0;  // exact, from the keyframes' cumulative counts
  std::uint64_t until = 0;               // everything of this stream that ended after this tick is there again
};

// One stream and what is known of its completeness.
struct Stream {
  std::uint16_t id = 0;
  std::vector<Owner> owners;
  std::vector<Gap> gaps;
  std::uint64_t first = 0, last = 0;  // ticks covered without a gap, up to the newest record or the snapshot
  std::uint64_t chunks = 0, records = 0, bytes = 0;     // read
  std::uint64_t overwritten = 0;                        // records of this stream that were recycled before the snapshot
  std::uint64_t shortfalls = 0, dropped = 0, took = 0;  // slot counters of the same names
};

// The request and parent that stages of a thread without an enclosing stage hang under.
struct Context {
  std::uint64_t request = 0;  // 0 = none
  std::uint64_t parent_start = 0;
  std::uint16_t parent_stream = 0;
  bool operator==(const Context&) const = default;
};

// A finished stage.  (stream, start) is its identity within the process.
struct StageRow {
  std::uint64_t start = 0;      // tick
  std::uint64_t duration = 0;   // ticks
  std::uint32_t context = 0;    // index into the block's contexts
  std::uint16_t site = 0;       // index of the name
  std::uint16_t stream = 0;     // of its begin
  std::uint8_t depth = 0;       // on the stream of its begin
  std::uint8_t status = 0;      // core::Status
  std::uint8_t flags = 0;       // core::StageFlags
  std::uint8_t attributes = 0;  // recorded; 63 = 63 or more
  std::uint8_t lost_attributes = 0;
};

// An attribute of a stage (request == 0, identified by stream and start) or of a request.
struct AttributeRow {
  std::uint64_t start = 0;
  std::uint64_t request = 0;
  std::uint64_t value = 0;   // bits of the number; for text and bytes the original length
  std::uint32_t text = 0;    // offset into the block's text
  std::uint32_t length = 0;  // stored length; < value means it was cut
  std::uint16_t stream = 0;
  std::uint16_t key = 0;
  core::ValueType type = core::ValueType::kSigned;
};

// An instant: an event, a counter's step, a gauge's reading.
struct PointRow {
  std::uint64_t at = 0;
  std::uint64_t value = 0;
  std::uint32_t context = 0;  // index into the block's contexts
  std::uint16_t site = 0;
  core::RecordType kind = core::RecordType::kEvent;  // kEvent, kCounter, kGauge
  core::ValueType type = core::ValueType::kSigned;
};

// Rows of one stream in the order they were recorded.
struct Block {
  std::uint16_t stream = 0;
  std::uint64_t sequence = 0;  // of the chunk it came from
  std::vector<Context> contexts;
  std::vector<StageRow> stages;
  std::vector<AttributeRow> attributes;
  std::vector<PointRow> points;
  std::string text;  // bytes of the attributes' texts
  void clear() {
    contexts.clear();
    stages.clear();
    attributes.clear();
    points.clear();
    text.clear();
  }
};

// A stage that had begun and not ended when the copy was taken.
struct OpenStage {
  std::uint64_t start = 0, request = 0;
  std::uint16_t stream = 0, site = 0;
  std::uint8_t depth = 0;
  bool detached = false;  // begun by a stage that may end on any thread
};

// A request that had begun and not ended when the copy was taken.
struct OpenRequest {
  std::uint64_t number = 0, start = 0, trace_high = 0, trace_low = 0, parent_span = 0, user_hash = 0;
  std::uint16_t site = 0, stream = 0;
  std::string tenant, session, user;
  std::uint8_t cut = 0;  // core::FlightCut: which of them were longer
};

// What the recording was read from.
struct Format {
  enum class Kind : std::uint8_t { kRegion, kTape };
  Kind kind = Kind::kRegion;
  std::uint32_t major = 0, minor = 0;  // of its layout or format
};

// Everything that is known before the first block.
struct Opening {
  Format format;  // by whoever reads; a writer leaves it alone
  Process process;
  Trigger trigger;
  Counters counters;
  std::vector<Name> names;
  std::vector<OpenStage> open_stages;
  std::vector<OpenRequest> open_requests;
};

// Everything that is known after the last block.
struct Closing {
  std::vector<Stream> streams;
  std::uint64_t complete_since = 0;  // tick: whatever ended after it, on any stream, is there
  std::uint64_t stages = 0, attributes = 0, points = 0, lost_attributes = 0;
  // The end of a damaged tape or region was not readable: all above is what its readable part allows to say, and
  // nothing is known to be complete (complete_since is then no earlier than the snapshot).
  bool rebuilt = false;
  std::uint64_t damages = 0;  // places of the region it was made from that could not be read and are not counted
};

// Damage found while reading; each is shown, and what is readable around it is kept.
struct Damage {
  std::uint64_t offset = 0, bytes = 0;  // in the file or region
  std::string what;
};

// Receives a recording: opening, then blocks (a stream's blocks in order, streams in any order), then closing.
// References are valid during the call only.  damage() may come at any time.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void opening(const Opening&) = 0;
  virtual void block(const Block&) = 0;
  virtual void closing(const Closing&) = 0;
  virtual void damage(const Damage&) {}
};

}  // namespace looptape::dump
