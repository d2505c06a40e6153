// What stands before and after the blocks, back into values; see tape_decode.h.
#include <algorithm>

#include "dump/tape_decode.h"
#include "dump/tape_format.h"
#include "dump/tape_message.h"

namespace looptape::dump::tape {
namespace {

std::string text(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

Anchor anchor(schema::Anchor::Reader from) { return {from.getTick(), from.getMonotonicNs(), from.getWallNs()}; }

void decode_process(schema::Process::Reader from, Process& process) {
  process.service = text(from.getService());
  process.host = text(from.getHost());
  process.version = text(from.getVersion());
  process.recorder = text(from.getRecorder());
  process.pid = from.getPid();
  process.start_time = from.getStartTime();
  process.uid = from.getUid();
  process.boot_id = {from.getBootId().getW0(), from.getBootId().getW1()};
  process.token = {from.getToken().getW0(), from.getToken().getW1()};
  const schema::Clock clock = from.getClock();
  require(clock == schema::Clock::TSC || clock == schema::Clock::MONOTONIC, "the clock is unknown");
  process.clock = static_cast<core::ClockKind>(clock);
  process.first = anchor(from.getFirst());
  process.last = anchor(from.getLast());
  process.window_ns = from.getWindowNs();
  process.flags = from.getFlags();
  process.region_bytes = from.getRegionBytes();
  process.staging_bytes = from.getStagingBytes();
  process.other_bytes = from.getOtherBytes();
  process.room.threads = from.getThreads();
  process.room.in_flight = from.getInFlight();
  process.room.names = from.getNames();
  process.room.chunks = from.getChunks();
  process.room.chunk_bytes = from.getChunkBytes();
  process.recorder_cpu_ns = from.getRecorderCpuNs();
  process.snapshot_tick = from.getSnapshotTick();
  process.paused_at = from.getPausedAt();
  process.resumed_at = from.getResumedAt();
  process.alive = from.getAlive();
  process.clean_exit = from.getCleanExit();
}

// A kind that a newer minor version knows keeps its number; views call it unknown.
TriggerKind trigger_kind(schema::TriggerKind kind) {
  const auto number = static_cast<std::size_t>(kind);
  return static_cast<TriggerKind>(std::min<std::size_t>(number, 0xff));
}

void decode_trigger(schema::Trigger::Reader from, Trigger& trigger) {
  trigger.kind = trigger_kind(from.getKind());
  trigger.name = text(from.getName());
  trigger.tick = from.getTick();
  trigger.request = from.getRequest();
  trigger.value_ns = from.getValueNs();
  trigger.limit_ns = from.getLimitNs();
  trigger.delay_ns = from.getDelayNs();
  trigger.name_cut = from.getNameCut();
}

void decode_counters(schema::Counters::Reader from, Counters& counters) {
  for (const auto loss : from.getLosses()) {
    const auto number = static_cast<std::size_t>(loss.getLoss());
    if (number < counters.losses.size()) counters.losses[number] = loss.getCount();
  }
  for (const auto trigger : from.getTriggers()) {
    const auto number = static_cast<std::size_t>(trigger.getKind());
    if (number >= kTriggerKinds) continue;
    counters.triggers_seen[number] = trigger.getSeen();
    counters.triggers_suppressed[number] = trigger.getSuppressed();
  }
  counters.dumps_written = from.getDumpsWritten();
  counters.dumps_failed = from.getDumpsFailed();
  counters.dumps_refused = from.getDumpsRefused();
}

void decode_open_stages(schema::Opening::Reader from, OpeningPart& part) {
  const auto stages = from.getOpenStages();
  require(stages.size() <= kMaxOpenStages, "too many open stages");
  for (const auto stage : stages) {
    OpenStage& row = part.opening.open_stages.emplace_back();
    row.start = stage.getStart();
    row.request = stage.getRequest();
    row.stream = stage.getStream();
    row.site = stage.getSite();
    row.depth = stage.getDepth();
    row.detached = stage.getDetached();
    require(row.site < part.name_count, "an open stage's name does not exist");
    require(row.depth <= kMaxStageDepth, "an open stage is too deep");
  }
}

void decode_open_requests(schema::Opening::Reader from, OpeningPart& part) {
  const auto requests = from.getOpenRequests();
  require(requests.size() <= kMaxOpenRequests, "too many open requests");
  for (const auto request : requests) {
    OpenRequest& row = part.opening.open_requests.emplace_back();
    row.number = request.getNumber();
    row.start = request.getStart();
    row.trace_high = request.getTraceHigh();
    row.trace_low = request.getTraceLow();
    row.parent_span = request.getParentSpan();
    row.user_hash = request.getUserHash();
    row.site = request.getSite();
    row.stream = request.getStream();
    row.tenant = text(request.getTenant());
    row.session = text(request.getSession());
    row.user = text(request.getUser());
    row.cut = request.getCut();
    require(row.site < part.name_count, "an open request's name does not exist");
  }
}

void decode_stream(schema::Stream::Reader from, Stream& stream) {
  stream.id = from.getId();
  const auto owners = from.getOwners();
  require(owners.size() <= kMaxOwners, "too many owners");
  for (const auto owner : owners)
    stream.owners.push_back(
        {owner.getSince(), owner.getTid(), owner.getOrdinal(), text(owner.getName()), owner.getNameCut()});
  const auto gaps = from.getGaps();
  require(gaps.size() <= kMaxGaps, "too many gaps");
  for (const auto gap : gaps) {
    const schema::GapReason reason = gap.getReason();
    require(reason <= schema::GapReason::DAMAGED_MESSAGE, "a gap's reason is unknown");
    stream.gaps.push_back({static_cast<GapReason>(reason), gap.getRecords(), gap.getBytes(), gap.getUntil()});
  }
  stream.first = from.getFirst();
  stream.last = from.getLast();
  stream.chunks = from.getChunks();
  stream.records = from.getRecords();
  stream.bytes = from.getBytes();
  stream.overwritten = from.getOverwritten();
  stream.shortfalls = from.getShortfalls();
  stream.dropped = from.getDropped();
  stream.took = from.getTook();
}

}  // namespace

std::string decode_opening(Words message, OpeningPart& part) {
  return with_message(message, [&](schema::Message::Reader root) {
    const auto from = root.getOpening();
    part.part = from.getPart();
    part.parts = from.getParts();
    part.spare = from.getSpare();
    part.name_count = from.getNameCount();
    part.first_name = from.getFirstName();
    require(part.parts != 0 && part.parts <= kMaxParts && part.part < part.parts, "an opening's part does not exist");
    require(part.name_count <= kMaxNames, "too many names");
    const auto names = from.getNames();
    require(part.first_name <= part.name_count && names.size() <= part.name_count - part.first_name,
            "more names than there are");
    if (part.part == 0) {
      decode_process(from.getProcess(), part.opening.process);
      decode_trigger(from.getTrigger(), part.opening.trigger);
      decode_counters(from.getCounters(), part.opening.counters);
    }
    for (const auto name : names) {
      const auto kind = static_cast<std::uint16_t>(name.getKind());
      require(kind <= 255, "a name's kind is unknown");
      part.opening.names.push_back({text(name.getText()), static_cast<std::uint8_t>(kind), name.getFlags()});
    }
    decode_open_stages(from, part);
    decode_open_requests(from, part);
  });
}

std::string decode_closing(Words message, ClosingPart& part) {
  return with_message(message, [&](schema::Message::Reader root) {
    const auto from = root.getClosing();
    part.part = from.getPart();
    part.parts = from.getParts();
    require(part.parts != 0 && part.parts <= kMaxParts && part.part < part.parts, "a closing's part does not exist");
    part.closing.complete_since = from.getCompleteSince();
    part.closing.stages = from.getStages();
    part.closing.attributes = from.getAttributes();
    part.closing.points = from.getPoints();
    part.closing.lost_attributes = from.getLostAttributes();
    part.closing.rebuilt = from.getRebuilt();
    part.closing.damages = from.getDamages();
    const auto streams = from.getStreams();
    require(streams.size() <= kMaxStreams, "too many streams");
    for (const auto stream : streams) {
      part.continued.push_back(stream.getContinued());
      decode_stream(stream, part.closing.streams.emplace_back());
    }
    const auto tails = from.getTails();
    require(tails.size() <= kMaxStreams, "too many streams");
    for (const auto tail : tails)
      part.tails.push_back({tail.getStream(), tail.getRows(), tail.getBytes(), tail.getLastTick()});
  });
}

}  // namespace looptape::dump::tape
