// What stands before and after the blocks; see the header.
#include <algorithm>

#include "dump/tape_encode.h"

namespace looptape::dump::tape {
namespace {

template <class Words>
void set_words(Words to, const std::array<std::uint64_t, 2>& words) {
  to.setW0(words[0]);
  to.setW1(words[1]);
}

void set_anchor(schema::Anchor::Builder to, const Anchor& anchor) {
  to.setTick(anchor.tick);
  to.setMonotonicNs(anchor.monotonic_ns);
  to.setWallNs(anchor.wall_ns);
}

// A text as a field; what is not sane to keep whole is cut and counted.
kj::ArrayPtr<const char> bounded(const std::string& text, std::uint64_t& repaired) {
  if (text.size() > kMaxFieldBytes) ++repaired;
  return {text.data(), std::min(text.size(), kMaxFieldBytes)};
}

template <class Init>
void set_text(Init init, const std::string& text, std::uint64_t& repaired) {
  if (text.empty()) return;
  const auto bytes = bounded(text, repaired);
  capnp::Text::Builder to = init(static_cast<unsigned>(bytes.size()));
  std::copy(bytes.begin(), bytes.end(), to.begin());
}

void encode_process(const Process& process, schema::Process::Builder to, std::uint64_t& repaired) {
  set_text([&](unsigned n) { return to.initService(n); }, process.service, repaired);
  set_text([&](unsigned n) { return to.initHost(n); }, process.host, repaired);
  set_text([&](unsigned n) { return to.initVersion(n); }, process.version, repaired);
  set_text([&](unsigned n) { return to.initRecorder(n); }, process.recorder, repaired);
  to.setPid(process.pid);
  to.setStartTime(process.start_time);
  to.setUid(process.uid);
  set_words(to.initBootId(), process.boot_id);
  set_words(to.initToken(), process.token);
  to.setClock(static_cast<schema::Clock>(process.clock));
  set_anchor(to.initFirst(), process.first);
  set_anchor(to.initLast(), process.last);
  to.setWindowNs(process.window_ns);
  to.setFlags(process.flags);
  to.setRegionBytes(process.region_bytes);
  to.setStagingBytes(process.staging_bytes);
  to.setOtherBytes(process.other_bytes);
  to.setThreads(process.room.threads);
  to.setInFlight(process.room.in_flight);
  to.setNames(process.room.names);
  to.setChunks(process.room.chunks);
  to.setChunkBytes(process.room.chunk_bytes);
  to.setRecorderCpuNs(process.recorder_cpu_ns);
  to.setSnapshotTick(process.snapshot_tick);
  to.setPausedAt(process.paused_at);
  to.setResumedAt(process.resumed_at);
  to.setAlive(process.alive);
  to.setCleanExit(process.clean_exit);
}

void encode_trigger(const Trigger& trigger, schema::Trigger::Builder to, std::uint64_t& repaired) {
  to.setKind(static_cast<schema::TriggerKind>(trigger.kind));
  set_text([&](unsigned n) { return to.initName(n); }, trigger.name, repaired);
  to.setTick(trigger.tick);
  to.setRequest(trigger.request);
  to.setValueNs(trigger.value_ns);
  to.setLimitNs(trigger.limit_ns);
  to.setDelayNs(trigger.delay_ns);
  to.setNameCut(trigger.name_cut);
}

void encode_counters(const Counters& counters, schema::Counters::Builder to) {
  const auto nonzero = [](std::uint64_t count) { return count != 0; };
  auto losses =
      to.initLosses(static_cast<unsigned>(std::count_if(counters.losses.begin(), counters.losses.end(), nonzero)));
  unsigned next = 0;
  for (std::size_t i = 0; i < counters.losses.size(); ++i) {
    if (counters.losses[i] == 0) continue;
    losses[next].setLoss(static_cast<schema::Loss>(i));
    losses[next++].setCount(counters.losses[i]);
  }
  unsigned kinds = 0;
  for (std::size_t i = 0; i < kTriggerKinds; ++i)
    kinds += (counters.triggers_seen[i] | counters.triggers_suppressed[i]) != 0;
  auto triggers = to.initTriggers(kinds);
  next = 0;
  for (std::size_t i = 0; i < kTriggerKinds; ++i) {
    if ((counters.triggers_seen[i] | counters.triggers_suppressed[i]) == 0) continue;
    triggers[next].setKind(static_cast<schema::TriggerKind>(i));
    triggers[next].setSeen(counters.triggers_seen[i]);
    triggers[next++].setSuppressed(counters.triggers_suppressed[i]);
  }
  to.setDumpsWritten(counters.dumps_written);
  to.setDumpsFailed(counters.dumps_failed);
  to.setDumpsRefused(counters.dumps_refused);
}

}  // namespace

void encode_opening(const Opening& opening, const OpeningSlice& slice, bool first, schema::Opening::Builder to,
                    std::uint64_t& repaired) {
  if (first) {
    encode_process(opening.process, to.initProcess(), repaired);
    encode_trigger(opening.trigger, to.initTrigger(), repaired);
    encode_counters(opening.counters, to.initCounters());
  }
  to.setFirstName(static_cast<unsigned>(slice.names.begin));
  auto names = to.initNames(static_cast<unsigned>(slice.names.size()));
  for (unsigned i = 0; i < names.size(); ++i) {
    const Name& name = opening.names[slice.names.begin + i];
    set_text([&](unsigned n) { return names[i].initText(n); }, name.text, repaired);
    names[i].setKind(static_cast<schema::StageKind>(name.kind));
    names[i].setFlags(name.flags);
  }
  auto stages = to.initOpenStages(static_cast<unsigned>(slice.stages.size()));
  for (unsigned i = 0; i < stages.size(); ++i) {
    const OpenStage& stage = opening.open_stages[slice.stages.begin + i];
    stages[i].setStart(stage.start);
    stages[i].setRequest(stage.request);
    stages[i].setStream(stage.stream);
    stages[i].setSite(stage.site < opening.names.size() ? stage.site : core::kNoName);
    stages[i].setDepth(std::min<std::uint8_t>(stage.depth, kMaxStageDepth));
    stages[i].setDetached(stage.detached);
  }
  auto requests = to.initOpenRequests(static_cast<unsigned>(slice.requests.size()));
  for (unsigned i = 0; i < requests.size(); ++i) {
    const OpenRequest& request = opening.open_requests[slice.requests.begin + i];
    auto target = requests[i];
    target.setNumber(request.number);
    target.setStart(request.start);
    target.setTraceHigh(request.trace_high);
    target.setTraceLow(request.trace_low);
    target.setParentSpan(request.parent_span);
    target.setUserHash(request.user_hash);
    target.setSite(request.site < opening.names.size() ? request.site : core::kNoName);
    target.setStream(request.stream);
    set_text([&](unsigned n) { return target.initTenant(n); }, request.tenant, repaired);
    set_text([&](unsigned n) { return target.initSession(n); }, request.session, repaired);
    set_text([&](unsigned n) { return target.initUser(n); }, request.user, repaired);
    target.setCut(request.cut);
  }
}

void encode_stream(const Stream& stream, Range owners, Range gaps, bool continued, schema::Stream::Builder to,
                   std::uint64_t& repaired) {
  to.setId(stream.id);
  to.setContinued(continued);
  auto owner_list = to.initOwners(static_cast<unsigned>(owners.size()));
  for (unsigned i = 0; i < owner_list.size(); ++i) {
    const Owner& owner = stream.owners[owners.begin + i];
    owner_list[i].setSince(owner.since);
    owner_list[i].setTid(owner.tid);
    owner_list[i].setOrdinal(owner.ordinal);
    set_text([&](unsigned n) { return owner_list[i].initName(n); }, owner.name, repaired);
    owner_list[i].setNameCut(owner.name_cut);
  }
  auto gap_list = to.initGaps(static_cast<unsigned>(gaps.size()));
  for (unsigned i = 0; i < gap_list.size(); ++i) {
    const Gap& gap = stream.gaps[gaps.begin + i];
    gap_list[i].setReason(static_cast<schema::GapReason>(gap.reason));
    gap_list[i].setRecords(gap.records);
    gap_list[i].setBytes(gap.bytes);
    gap_list[i].setUntil(gap.until);
  }
  if (continued) return;
  to.setFirst(stream.first);
  to.setLast(stream.last);
  to.setChunks(stream.chunks);
  to.setRecords(stream.records);
  to.setBytes(stream.bytes);
  to.setOverwritten(stream.overwritten);
  to.setShortfalls(stream.shortfalls);
  to.setDropped(stream.dropped);
  to.setTook(stream.took);
}

}  // namespace looptape::dump::tape
