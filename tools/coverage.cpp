// What a view is based on; see the header.
#include "tools/coverage.h"

#include <algorithm>
#include <set>

#include "tools/format.h"

namespace looptape::tools {
namespace {

constexpr std::array<LossText, core::kLossCount> kLossTexts{{
    {"overwritten", "records overwritten by newer ones (normal life of a ring)"},
    {"overwritten_bytes", "bytes of them"},
    {"window_shortfall", "chunks overwritten while younger than the promised window"},
    {"no_chunk", "records dropped because no chunk was to be had"},
    {"no_slot", "calls of threads that found no slot"},
    {"too_deep", "stages nested too deep to be recorded"},
    {"names_full", "names that found the table of names full"},
    {"name_cut", "names that were cut to their limit"},
    {"text_cut", "texts of attributes, identities and the process that were cut to their limit"},
    {"flight_full", "requests that ran without a place in the table of running ones"},
    {"stage_ended_elsewhere", "scoped stages destroyed on another thread than the one that began them"},
    {"stage_abandoned", "stages still open when their thread ended"},
    {"trigger_queue_full", "triggers that found their queue full"},
    {"broken_invariant", "times recording stopped itself because something that must hold did not"},
    {"tokens_invalid", "traceparent headers that could not be read"},
}};

constexpr std::array<std::string_view, dump::kTriggerKinds> kTriggerNames{"none",         "signal",  "call",
                                                                          "slow_request", "outside", "recovered"};

void add_gaps(LostRecords& lost, const dump::Stream& stream) {
  for (const dump::Gap& gap : stream.gaps) {
    switch (gap.reason) {
      case dump::GapReason::kOverwritten:
        break;  // counted by the stream itself
      case dump::GapReason::kRecycledWhileRead:
        lost.recycled_while_read += gap.records;
        break;
      case dump::GapReason::kRejected:
        lost.rejected += gap.records;
        break;
      case dump::GapReason::kDamagedMessage:
        lost.damaged += gap.records;
        break;
    }
  }
}

void add_recording(Coverage& coverage, const Recording& recording, bool freshest) {
  ++coverage.recordings;
  if (recording.cut_short()) ++coverage.unclosed;
  if (recording.closing.damages != 0) ++coverage.damaged_regions;
  coverage.lost.attributes += recording.closing.lost_attributes;
  for (const dump::Stream& stream : recording.closing.streams) {
    add_gaps(coverage.lost, stream);
    // Cumulative since the recorder started: the freshest recording of a process has them all.
    if (freshest) coverage.lost.overwritten += stream.overwritten, coverage.lost.dropped += stream.dropped;
  }
  if (freshest) {
    for (std::size_t i = 0; i < core::kLossCount; ++i) coverage.losses[i] += recording.counters.losses[i];
  }
  for (const dump::Damage& damage : recording.damages) {
    coverage.damage.push_back(recording.source + ": byte " + std::to_string(damage.offset) + ": " + damage.what);
  }
}

bool is_damage(const dump::Gap& gap) {
  return gap.reason == dump::GapReason::kDamagedMessage || gap.reason == dump::GapReason::kRejected;
}

std::string covered_text(const Coverage& coverage) {
  if (coverage.covered.empty()) return "no time is covered completely";
  std::string text = "complete ";
  constexpr std::size_t kShown = 3;
  for (std::size_t i = 0; i < std::min(kShown, coverage.covered.size()); ++i) {
    const CoveredTime& part = coverage.covered[i];
    if (i > 0) text += ", ";
    text += time_text(part.since_wall_ns) + " to " + time_text(part.until_wall_ns) + " (" +
            duration_text(part.until_wall_ns - part.since_wall_ns) + ")";
  }
  if (coverage.covered.size() > kShown)
    text += " and " + plural(coverage.covered.size() - kShown, "more stretch", "more stretches");
  return text;
}

// Counters of recorders that mean: something was never recorded, and no stream knows of it.
constexpr core::Loss kUnrecorded[] = {core::Loss::kNoSlot, core::Loss::kTooDeep, core::Loss::kBrokenInvariant};

std::string lost_text(const LostRecords& lost, const std::array<std::uint64_t, core::kLossCount>& losses,
                      bool unknown) {
  const std::pair<std::uint64_t, const char*> parts[] = {
      {lost.overwritten, "overwritten (normal for a ring)"},
      {lost.recycled_while_read, "recycled while they were read"},
      {lost.rejected, "rejected as malformed"},
      {lost.damaged, "in damaged messages"},
      {lost.dropped, "dropped for want of room"},
  };
  std::string text;
  for (const auto& [count, reason] : parts) {
    if (count != 0) text += (text.empty() ? "records lost: " : ", ") + count_text(count) + " " + reason;
  }
  for (const core::Loss loss : kUnrecorded) {
    const std::uint64_t count = losses[static_cast<std::size_t>(loss)];
    if (count != 0)
      text += (text.empty() ? "not recorded: " : ", ") + count_text(count) + " " + std::string(loss_text(loss).meaning);
  }
  if (lost.attributes != 0) text += (text.empty() ? "" : ", ") + plural(lost.attributes, "attribute") + " lost";
  if (unknown) text += std::string(text.empty() ? "" : ", and ") + "an unknown number of records lost in the damage";
  return text.empty() ? "no records lost" : text;
}

}  // namespace

Coverage coverage_of(const TraceSet& set) {
  Coverage coverage;
  coverage.processes = set.traces().size();
  for (const auto& trace : set.traces()) {
    const auto recordings = trace->recordings();
    std::size_t freshest = 0;
    for (std::size_t i = 0; i < recordings.size(); ++i) {
      if (recordings[i].process.snapshot_tick >= recordings[freshest].process.snapshot_tick) freshest = i;
    }
    for (std::size_t i = 0; i < recordings.size(); ++i) add_recording(coverage, recordings[i], i == freshest);
    for (const Covered& covered : trace->covered()) {
      // "Complete since 0" means since the recorder started.
      const std::uint64_t since = std::max(covered.since, trace->process().first.tick);
      coverage.covered.push_back(
          {trace->clock().wall_ns(since), trace->clock().wall_ns(std::max(since, covered.until))});
    }
  }
  return coverage;
}

void add_counted(Coverage& coverage, const Coverage& counted) {
  coverage.requests += counted.requests;
  coverage.running += counted.running;
  coverage.incomplete += counted.incomplete;
  coverage.partial += counted.partial;
  coverage.ended_in_copy += counted.ended_in_copy;
  coverage.left_out += counted.left_out;
}

void count_request(Coverage& coverage, const RequestHead& head) {
  ++coverage.requests;
  if (head.state == RequestState::kRunning) ++coverage.running;
  if (head.state == RequestState::kRootless) ++coverage.incomplete;
  if (head.ended_in_copy)
    ++coverage.ended_in_copy;
  else if (head.state != RequestState::kRootless && !head.whole)
    ++coverage.partial;
}

std::string outside_text(const Coverage& coverage, std::optional<std::int64_t> since_wall_ns,
                         std::optional<std::int64_t> until_wall_ns) {
  if (!since_wall_ns && !until_wall_ns) return {};
  const auto touches = [&](const CoveredTime& part) {
    return (!since_wall_ns || part.until_wall_ns >= *since_wall_ns) &&
           (!until_wall_ns || part.since_wall_ns < *until_wall_ns);
  };
  if (std::any_of(coverage.covered.begin(), coverage.covered.end(), touches)) return {};
  return "nothing of the time asked for is covered: " + covered_text(coverage);
}

std::string coverage_line(const Coverage& coverage) {
  std::string text = "coverage: " + plural(coverage.requests, "request");
  std::string beside;
  const auto add = [&](std::uint64_t count, const char* what) {
    if (count != 0) beside += (beside.empty() ? "" : ", ") + count_text(count) + " " + what;
  };
  add(coverage.running, "still running");
  add(coverage.incomplete, "without their own record");
  add(coverage.ended_in_copy, "ended while the copy was made");
  add(coverage.partial, "not covered from their start to their end");
  add(coverage.left_out, "more left out by the conditions");
  if (!beside.empty()) text += " (" + beside + ")";
  text +=
      " of " + plural(coverage.processes, "process", "processes") + " in " + plural(coverage.recordings, "recording");
  text += "; " + covered_text(coverage) + "; " + lost_text(coverage.lost, coverage.losses, coverage.unknown_losses());
  if (coverage.unclosed != 0) text += "; " + plural(coverage.unclosed, "recording") + " cut short";
  if (coverage.damaged_regions != 0)
    text += "; " + plural(coverage.damaged_regions, "recording") + " of a damaged region";
  if (!coverage.damage.empty()) text += "; " + plural(coverage.damage.size(), "damaged place");
  return text;
}

RecordingCounts counts_of(const Trace& trace, const Recording& recording) {
  RecordingCounts counts;
  counts.requests = recording.requests;
  counts.attributes =
      recording.closing.attributes - std::min(recording.identity_attributes, recording.closing.attributes);
  std::set<std::uint64_t> threads;
  for (const dump::Stream& stream : recording.closing.streams)
    for (const dump::Owner& owner : stream.owners) threads.insert(owner.tid);
  counts.threads = threads.size();
  if (!recording.cut_short()) {
    const std::uint64_t since = std::max(recording.closing.complete_since, recording.process.first.tick);
    const std::uint64_t until = recording.complete_until();
    counts.reach_ns = until > since ? trace.clock().duration_ns(since, until - since) : 0;
    for (const dump::Stream& stream : recording.closing.streams)
      for (const dump::Gap& gap : stream.gaps)
        counts.ends_at_damage |= is_damage(gap) && gap.until > recording.process.first.tick && gap.until >= since;
  }
  return counts;
}

const LossText& loss_text(core::Loss loss) { return kLossTexts[static_cast<std::size_t>(loss)]; }

std::string_view trigger_name(dump::TriggerKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < kTriggerNames.size() ? kTriggerNames[index] : "unknown";
}

}  // namespace looptape::tools
