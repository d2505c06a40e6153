// What the words of a copied region say: see region_copy.h.
#include "dump/region_copy.h"

#include <algorithm>
#include <cstring>

namespace looptape::dump {
namespace {

namespace header = core::header;
namespace flight = core::flight;

constexpr std::size_t kHeaderTextBytes = 8 * core::kWordBytes;
constexpr std::size_t kRecorderTextBytes = 2 * core::kWordBytes;
constexpr std::size_t kFlightTextBytes = 6 * core::kWordBytes;

// The anchor the recorder refreshes; torn (odd sequence) or never written: the first one.
Anchor last_anchor(const RegionCopy& copy, const Anchor& first) {
  if (copy.fresh.tick != 0) return copy.fresh;
  const bool whole = copy.word(header::kAnchorSequence) % 2 == 0 && copy.word(header::kLastAnchorTick) != 0;
  if (!whole) return first;
  return {copy.word(header::kLastAnchorTick), copy.word(header::kLastAnchorMonotonic),
          copy.word(header::kLastAnchorWall)};
}

std::string flight_text(const FlightCopy& copy, std::size_t word, std::uint64_t length) {
  return text_of(&copy.words[word], std::min<std::uint64_t>(length, kFlightTextBytes), false);
}

}  // namespace

std::string text_of(const std::uint64_t* words, std::size_t bytes, bool zero_ends) {
  std::string text(bytes, '\0');
  std::memcpy(text.data(), words, bytes);
  if (zero_ends) text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

Process process_of(const RegionCopy& copy) {
  Process process;
  process.service = text_of(&copy.header[header::kService], kHeaderTextBytes, true);
  process.host = text_of(&copy.header[header::kHost], kHeaderTextBytes, true);
  process.version = text_of(&copy.header[header::kVersionText], kHeaderTextBytes, true);
  process.recorder = text_of(&copy.header[header::kRecorder], kRecorderTextBytes, true);
  process.pid = copy.word(header::kPid);
  process.start_time = copy.word(header::kProcessStart);
  process.uid = copy.word(header::kUid);
  process.boot_id = {copy.word(header::kBootId), copy.word(header::kBootId + 1)};
  process.token = {copy.word(header::kProcessToken), copy.word(header::kProcessToken + 1)};
  process.clock = copy.word(header::kClockKind) == static_cast<std::uint64_t>(core::ClockKind::kMonotonic)
                      ? core::ClockKind::kMonotonic
                      : core::ClockKind::kTsc;
  process.first = {copy.word(header::kAnchorTick), copy.word(header::kAnchorMonotonic), copy.word(header::kAnchorWall)};
  process.last = last_anchor(copy, process.first);
  process.window_ns = copy.word(header::kWindow);
  process.flags = copy.word(header::kFlags);
  process.region_bytes = copy.word(header::kRegionBytes);
  process.staging_bytes = copy.word(header::kStagingBytes);
  process.other_bytes = copy.word(header::kOtherBytes);
  const auto count = [&](std::size_t index) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(copy.word(index), ~std::uint32_t{0}));
  };
  process.room.threads = count(header::kSlotsCount);
  process.room.in_flight = count(header::kFlightCount);
  process.room.names = count(header::kNamesCapacity);
  process.room.chunks = count(header::kPools + 1);
  process.room.chunk_bytes = count(header::kPools + 2);
  process.recorder_cpu_ns = copy.word(header::kRecorderCpu);
  process.snapshot_tick = copy.snapshot_tick;
  process.paused_at = copy.word(header::kPausedAt);
  process.resumed_at = copy.word(header::kResumedAt);
  process.alive = copy.alive;
  process.clean_exit = copy.word(header::kState) == static_cast<std::uint64_t>(core::RegionState::kClosed);
  return process;
}

Counters counters_of(const RegionCopy& copy) {
  Counters counters;
  for (std::size_t i = 0; i < core::kLossCount; ++i) counters.losses[i] = copy.word(header::kLosses + i);
  for (std::size_t i = 0; i < kTriggerKinds; ++i) {
    counters.triggers_seen[i] = copy.word(header::kTriggersSeen + i);
    counters.triggers_suppressed[i] = copy.word(header::kTriggersSuppressed + i);
  }
  counters.dumps_written = copy.word(header::kDumpsWritten);
  counters.dumps_failed = copy.word(header::kDumpsFailed);
  counters.dumps_refused = copy.word(header::kDumpsRefusedByBudget);
  return counters;
}

OpenRequest request_of(const FlightCopy& copy) {
  OpenRequest request;
  request.number = copy.words[flight::kNumber];
  request.start = copy.words[flight::kStart];
  request.site = static_cast<std::uint16_t>(copy.words[flight::kSite]);
  request.stream = static_cast<std::uint16_t>(copy.words[flight::kSite] >> 16);
  request.trace_high = copy.words[flight::kTraceHigh];
  request.trace_low = copy.words[flight::kTraceLow];
  request.parent_span = copy.words[flight::kParentSpan];
  request.user_hash = copy.words[flight::kUser];
  const std::uint64_t lengths = copy.words[flight::kLengths];
  request.tenant = flight_text(copy, flight::kTenant, lengths & 0xff);
  request.session = flight_text(copy, flight::kSession, (lengths >> 8) & 0xff);
  request.user = flight_text(copy, flight::kUserText, (lengths >> 16) & 0xff);
  request.cut = (lengths >> 24) & (core::kTenantCut | core::kSessionCut | core::kUserCut);
  return request;
}

}  // namespace looptape::dump
