// The region's layout and the records, word by word: the one file that writer and reader share.
//
// Constants and pure bit functions only; callable from anywhere, signal handlers included.  Its prose
// twin with a worked example in bytes is core/FORMAT.md.  Everything is a little-endian 64-bit word;
// offsets are bytes from the start of the region; there are no pointers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace looptape::core {

inline constexpr std::uint64_t kRegionMagic = 0x455041'54504f'4f4cULL;  // "LOOPTAPE"
inline constexpr std::uint32_t kLayoutMajor = 1;
inline constexpr std::uint32_t kLayoutMinor = 0;
inline constexpr std::uint64_t kEndianMark = 0x0102030405060708ULL;

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kWordBytes = 8;
inline constexpr std::size_t kRecordAlign = 16;      // every record is a multiple of 16 bytes
inline constexpr std::size_t kMaxTextBytes = 48;     // of an attribute's text; longer is cut
inline constexpr std::size_t kThreadNameBytes = 16;  // of a thread's name
inline constexpr unsigned kMaxDepth = 62;            // open stages of one thread; depths 0..61
inline constexpr unsigned kRequestDepth = 63;        // "depth" of an attribute of the request itself
inline constexpr unsigned kManyAttributes = 63;      // attribute count that means "63 or more"
inline constexpr unsigned kTimeBits = 40;            // end − chunk base, in ticks
inline constexpr unsigned kDurationBits = 48;        // duration in the short form, in ticks
inline constexpr std::uint64_t kMaxRequest = (std::uint64_t{1} << 48) - 1;

// ---- region header: words of the first page -------------------------------------------------------
namespace header {
enum : std::size_t {
  kMagic = 0,
  kVersion = 1,  // major << 32 | minor
  kEndian = 2,
  kRegionBytes = 3,
  kState = 4,  // RegionState
  kPid = 5,
  kProcessStart = 6,  // field 22 of /proc/PID/stat: clock ticks since boot
  kBootId = 7,        // 2 words: /proc/sys/kernel/random/boot_id
  kUid = 9,
  kClockKind = 10,     // ClockKind
  kFlags = 11,         // RegionFlags
  kProcessToken = 12,  // 2 words: random identity of this recording; the process part of span ids
  kWindow = 14,        // promised window, nanoseconds
  kPidNamespace = 15,  // inode of /proc/self/ns/pid: where kPid means what it says; 0 = not known
  // Clock anchors.  The first is written before the state says recording; the second is refreshed by the
  // recorder's thread under a sequence word (odd while it is written).
  kAnchorTick = 16,
  kAnchorMonotonic = 17,  // CLOCK_MONOTONIC, nanoseconds
  kAnchorWall = 18,       // CLOCK_REALTIME, nanoseconds since 1970
  kAnchorSequence = 19,
  kLastAnchorTick = 20,
  kLastAnchorMonotonic = 21,
  kLastAnchorWall = 22,
  // Geometry.
  kNamesOffset = 24,
  kNamesCapacity = 25,  // entries
  kNamesCount = 26,     // entries claimed so far; an entry is readable once its own word is published
  kSlotsOffset = 28,
  kSlotsCount = 29,
  kSlotBytes = 30,
  kFlightOffset = 31,
  kFlightCount = 32,
  kFlightBytes = 33,
  kModulesOffset = 34,  // modules and stacks: none in layout 1.0
  kModulesBytes = 35,
  kPools = 36,  // by PoolKind, 4 words each: chunks offset, chunk count, chunk bytes, reserve (chunks)
  // Process-wide counters: one word per Loss.
  kLosses = 64,
  // Texts, zero-padded.
  kService = 128,      // 8 words
  kHost = 136,         // 8 words
  kVersionText = 144,  // 8 words: the application's version
  // Triggers of the recorder's thread, by TriggerKind: seen and suppressed, one word each.
  kTriggersSeen = 160,
  kTriggersSuppressed = 176,
  kDumpsWritten = 192,
  kDumpsFailed = 193,
  kDumpsRefusedByBudget = 194,
  kRecorderCpu = 195,   // CPU time of the recorder's own thread so far, nanoseconds
  kStagingBytes = 196,  // memory for dumps: copies and, while one is made, buffers
  kOtherBytes = 197,    // the recorder's memory beside the region and that
  kRecorder = 198,      // 2 words of text: the version of Looptape that records
  kNotice = 200,        // kNoticeBytes of text: what the recorder said of itself at its start, zero-padded
  // Ticks between which nothing was recorded because it was paused, or had stopped itself.
  kPausedAt = 264,   // 0: it is not
  kResumedAt = 265,  // the last time; 0: never
  kHeaderWords = kPageBytes / kWordBytes,
};
}  // namespace header

inline constexpr std::size_t kNoticeBytes = 64 * kWordBytes;

enum class RegionState : std::uint64_t {
  kInitialising = 0,
  kRecording = 1,
  kClosed = 2,
  kPaused = 3,      // switched off by the application for now
  kUnrecorded = 4,  // one page, no tables: nothing is recorded, kNotice says why
};
enum class ClockKind : std::uint64_t { kTsc = 1, kMonotonic = 2 };
enum RegionFlags : std::uint64_t {
  kFlagVolatile = 1,  // in anonymous memory: dies with the process
  kFlagShrunk = 2,    // smaller than asked for
  kFlagFewer = 4,     // fewer thread slots and places for requests in flight than asked for
  kFlagServiceCut = 8,
  kFlagHostCut = 16,
  kFlagVersionCut = 32,
  kFlagLocked = 64,          // whoever records holds a shared lock on the file: it is alive while the lock is
  kFlagClockFellBack = 128,  // the CPU does not promise the rate of its counter: the monotonic clock instead
};

enum class PoolKind : unsigned { kEvents = 0, kSamples = 1, kContent = 2 };

// Everything that should be there and is not, by name.  Never renumbered: tapes carry these.
enum class Loss : unsigned {
  kOverwritten = 0,      // records recycled; normal life of a ring, counted per stream as well
  kOverwrittenBytes,     // bytes of them
  kWindowShortfall,      // chunks recycled younger than the window
  kNoChunk,              // records dropped because no chunk was to be had
  kNoSlot,               // probe calls of threads that found no slot
  kTooDeep,              // stages nested deeper than kMaxDepth
  kNamesFull,            // registrations that found the table of names full
  kNameCut,              // names of stages, keys and threads longer than their limit
  kTextCut,              // texts of attributes, identities and of the header longer than their limit
  kFlightFull,           // requests that ran without an entry in the in-flight table
  kStageEndedElsewhere,  // lexical stages destroyed on another thread than the one that began them
  kStageAbandoned,       // stages still open when their thread ended
  kTriggerQueueFull,     // triggers that found the queue full
  kBrokenInvariant,      // recording stopped itself
  kTokensInvalid,        // traceparent headers that could not be read
  kCount
};
inline constexpr std::size_t kLossCount = static_cast<std::size_t>(Loss::kCount);
static_assert(kLossCount <= 64, "the header has room for 64 counters");

// ---- names: one entry of 128 bytes ----------------------------------------------------------------
namespace name_entry {
enum : std::size_t {
  kHead = 0,  // published last (release): 1 | kind << 8 | length << 16 | flags << 32; 0 = not published
  kHash = 1,
  kText = 2,  // 14 words
  kWords = 16,
};
}  // namespace name_entry
inline constexpr std::size_t kMaxNameBytes = 14 * kWordBytes;
inline constexpr std::uint64_t kNameFlagCut = 1;
inline constexpr std::uint16_t kNoName = 0;  // entry 0 stands for every name that found no room

constexpr std::uint64_t name_head(std::uint8_t kind, std::size_t length, std::uint64_t flags) {
  return 1 | std::uint64_t{kind} << 8 | std::uint64_t{length} << 16 | flags << 32;
}
constexpr std::uint8_t name_kind(std::uint64_t head) { return static_cast<std::uint8_t>(head >> 8); }
constexpr std::size_t name_length(std::uint64_t head) { return (head >> 16) & 0xffff; }
constexpr std::uint64_t name_flags(std::uint64_t head) { return head >> 32; }

// ---- thread slots -----------------------------------------------------------------------------------
namespace slot {
enum : std::size_t {
  kState = 0,        // SlotState
  kTid = 1,          // kernel thread id of the current or last tenant
  kOrdinal = 2,      // how many leases so far
  kName = 3,         // 2 words
  kChunk = 5,        // index + 1 of the open events chunk; 0 = none
  kSequence = 6,     // sequence number of the open chunk
  kAbandoned = 7,    // bit d: the stage at depth d was ended by another thread; its owner clears the entry.  Bits 62
                     // and 63 are the writers' own
  kLostRecords = 8,  // of this stream: records recycled
  kLostBytes = 9,
  kShortfalls = 10,  // chunks of this stream recycled younger than the window
  kDropped = 11,     // records of this stream dropped (no chunk)
  kTook = 12,        // chunks younger than the window that this stream took
  // What this stream wrote up to the last chunk it closed: tells how much is lost when nothing later is left.
  kClosedRecords = 13,
  kClosedBytes = 14,
  kNameFlags = 15,  // kNameFlagCut
  kOpen = 16,       // kMaxDepth × {start, meta}
  kWords = 144,
};
}  // namespace slot
static_assert(slot::kOpen + 2 * kMaxDepth <= slot::kWords);
enum class SlotState : std::uint64_t { kFree = 0, kLeased = 1, kParked = 2 };

// Open-stack entry: start tick (0 = closed), then meta = request << 16 | site.
constexpr std::uint64_t open_meta(std::uint64_t request, std::uint16_t site) { return request << 16 | site; }
constexpr std::uint64_t meta_request(std::uint64_t meta) { return meta >> 16; }
constexpr std::uint16_t meta_site(std::uint64_t meta) { return static_cast<std::uint16_t>(meta); }

// ---- in-flight requests: one entry of 256 bytes -------------------------------------------------------
namespace flight {
enum : std::size_t {
  kNumber = 0,  // request number, published last (release); 0 = free
  kStart = 1,
  kSite = 2,  // kind of request | origin stream << 16
  kTraceHigh = 3,
  kTraceLow = 4,
  kParentSpan = 5,  // of the caller's traceparent; 0 = none
  kUser = 6,        // keyed hash; 0 = none
  kLengths = 7,     // tenant | session << 8 | user text << 16 | FlightCut << 24
  kTenant = 8,      // 6 words
  kSession = 14,    // 6 words
  kUserText = 20,   // 6 words; only when user ids are kept as they are
  kWords = 32,
};
}  // namespace flight
enum FlightCut : std::uint64_t { kTenantCut = 1, kSessionCut = 2, kUserCut = 4 };

// ---- chunk: keyframe, then records ------------------------------------------------------------------
namespace chunk {
enum : std::size_t {
  kGeneration = 0,     // odd while being re-initialised; 0 = never used
  kCommitted = 1,      // bytes of this chunk that are whole, keyframe included
  kStream = 2,         // stream | PoolKind << 32
  kSequence = 3,       // of the stream, from 1
  kBase = 4,           // tick; times of records count from here
  kLast = 5,           // tick of the close: no record of the chunk is later; 0 while open.  Not ordered with
                       // kCommitted: a reader who has fewer than kClosedRecords may not believe it
  kRecords = 6,        // records this stream wrote before this chunk
  kBytes = 7,          // bytes of records this stream wrote before this chunk
  kRequest = 8,        // current request at the start of the chunk; 0 = none
  kParentStart = 9,    // context's parent stage: its start tick …
  kParentStream = 10,  // … and stream
  kTid = 11,
  kName = 12,           // 2 words
  kDepth = 14,          // entries of the open stack that follow (closed ones have start 0) | name was cut << 6 |
                        // lease << 8
  kPreviousLast = 15,   // kLast of the stream's chunk before this one; 0 = this is the first
  kClosedRecords = 16,  // records this stream wrote up to the close; 0 while open
  kOpen = 18,           // kDepth × {start, meta}; records follow
};
}  // namespace chunk
constexpr std::size_t keyframe_depth(std::uint64_t word) { return word & 63; }
constexpr bool keyframe_name_cut(std::uint64_t word) { return (word >> 6 & 1) != 0; }
constexpr std::uint64_t keyframe_ordinal(std::uint64_t word) { return word >> 8; }
constexpr std::size_t keyframe_bytes(std::size_t depth) { return (chunk::kOpen + 2 * depth) * kWordBytes; }

// ---- records ------------------------------------------------------------------------------------------
// w0: [0..3] type  [4..7] status / value type / flags  [8..23] site or key  [24..63] time − chunk base
enum class RecordType : unsigned {
  kNone = 0,
  kStage = 1,      // w1: stage_word
  kEvent = 2,      // w1 value (value type in w0)
  kAttribute = 3,  // w0: depth in 24..29, length in 30..63; w1 value or original length; text words
  kContext = 4,    // w1 request  w2 parent's start tick  w3 parent's stream
  kLong = 5,       // w1 stage_word (duration unused)  w2 start  w3 request  w4 origin stream  w5 0
  kDetach = 6,  // w1 stage_word (duration unused; kStageDetached: has begun, else left the stack)  w2 start  w3 request
  kAttributeElsewhere = 7,  // as kAttribute, with w2 origin stream  w3 start tick before the text
  kOwner = 8,               // w1 tid  w2..w3 name  w4 ordinal  w5 flags of the name
  kCounter = 9,             // w1 amount (signed)
  kGauge = 10,              // w1 value (value type in w0)
};

enum class ValueType : unsigned { kSigned = 0, kUnsigned = 1, kFloat = 2, kBool = 3, kText = 4, kBytes = 5 };

// Status of a finished stage or request.
enum class Status : unsigned { ok = 0, error = 1, cancelled = 2, timeout = 3, blocked = 4, exception = 5 };

enum StageFlags : unsigned {
  kStageIsRequest = 1,  // the root of a request
  kStageDetached = 2,   // ended away from the thread that began it
};

constexpr std::uint64_t record_head(RecordType type, unsigned low, std::uint16_t site, std::uint64_t time) {
  return static_cast<std::uint64_t>(type) | std::uint64_t{low & 15} << 4 | std::uint64_t{site} << 8 | time << 24;
}
constexpr RecordType head_type(std::uint64_t w0) { return static_cast<RecordType>(w0 & 15); }
constexpr unsigned head_low(std::uint64_t w0) { return (w0 >> 4) & 15; }
constexpr std::uint16_t head_site(std::uint64_t w0) { return static_cast<std::uint16_t>(w0 >> 8); }
constexpr std::uint64_t head_time(std::uint64_t w0) { return w0 >> 24; }

// w1 of a stage: [0..5] depth  [6..11] attribute count  [12..15] StageFlags  [16..63] duration
constexpr std::uint64_t stage_word(unsigned depth, unsigned attributes, unsigned flags, std::uint64_t duration) {
  return std::uint64_t{depth} | std::uint64_t{attributes} << 6 | std::uint64_t{flags} << 12 | duration << 16;
}
constexpr std::uint16_t kOneAttribute = 1 << 6;  // added to a stage_word
constexpr unsigned stage_depth(std::uint64_t w1) { return w1 & 63; }
constexpr unsigned stage_attributes(std::uint64_t w1) { return (w1 >> 6) & 63; }
constexpr unsigned stage_flags(std::uint64_t w1) { return (w1 >> 12) & 15; }
constexpr std::uint64_t stage_duration(std::uint64_t w1) { return w1 >> 16; }

// w0 of an attribute: depth in 24..29, stored length of a text in 30..63 (0 for numbers).
constexpr std::uint64_t attribute_head(RecordType type, ValueType value, std::uint16_t key, unsigned depth,
                                       std::size_t length) {
  return record_head(type, static_cast<unsigned>(value), key, 0) | std::uint64_t{depth} << 24 |
         std::uint64_t{length} << 30;
}
constexpr unsigned attribute_depth(std::uint64_t w0) { return (w0 >> 24) & 63; }
constexpr std::size_t attribute_length(std::uint64_t w0) { return static_cast<std::size_t>(w0 >> 30); }

// Bytes of a record from its first word; 0 for a type this layout does not know (the rest of that chunk
// cannot be read).  Text of `length` bytes takes whole words, records whole 16-byte units.
constexpr std::size_t text_words(std::size_t length) { return (length + 15) / 16 * 2; }
constexpr std::size_t record_bytes(std::uint64_t w0) {
  switch (head_type(w0)) {
    case RecordType::kStage:
    case RecordType::kEvent:
    case RecordType::kCounter:
    case RecordType::kGauge:
      return 16;
    case RecordType::kAttribute:  // w0 w1 [text]
      return 16 + text_words(attribute_length(w0)) * kWordBytes;
    case RecordType::kAttributeElsewhere:  // w0 w1 origin-stream start [text]
      return 32 + text_words(attribute_length(w0)) * kWordBytes;
    case RecordType::kContext:
    case RecordType::kDetach:
      return 32;
    case RecordType::kLong:
    case RecordType::kOwner:
      return 48;
    case RecordType::kNone:
      break;
  }
  return 0;
}

// A span id of W3C trace context: derived, never stored.  (process token, stream, start tick) identify a
// stage; the mix is Murmur3's 64-bit finaliser, a bijection, so two stages of one process and stream never
// collide.  Zero is not a legal span id.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  x ^= x >> 33;
  return x;
}
constexpr std::uint64_t span_id(std::uint64_t process_token, std::uint64_t stream, std::uint64_t start) {
  const std::uint64_t id = mix64(start ^ mix64(process_token + stream));
  return id != 0 ? id : 1;
}

}  // namespace looptape::core
