// The order of a tape's messages, seen by a reader who trusts none of them; see the header.
#include "dump/tape_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

#include "dump/crc32c.h"
#include "dump/tape_decode.h"
#include "dump/tape_format.h"
#include "dump/tape_scan.h"

namespace looptape::dump {
namespace {

using tape::Kind;
using tape::MessageScanner;
using Status = TapeResult::Status;

constexpr std::size_t kMaxDamageGaps = 65536;  // beyond, neighbouring gaps of a stream are joined

// What was read of a stream so far.
struct Seen {
  std::uint64_t blocks = 0, rows_read = 0;
  std::uint64_t rows = 0, bytes = 0, last = 0;  // totals by the tape's own account
  std::vector<Gap> gaps;
};

class Reading {
 public:
  Reading(ByteSource& source, Sink& sink) : source_(source), sink_(sink), scanner_(source, &sink) {}
  TapeResult run();
  TapeResult run_opening();

 private:
  bool accept_version(const MessageScanner::Message& message);
  void pass(const MessageScanner::Message& message);
  void collect_opening();
  void take_opening(tape::OpeningPart&& part);
  bool opening_complete() const;
  void search_spares();
  void give_opening();
  void dispatch(const MessageScanner::Message& message);
  void give_block(const MessageScanner::Message& message);
  void take_closing(const MessageScanner::Message& message);
  bool missed(Seen& seen, std::uint64_t rows, std::uint64_t bytes, std::uint64_t until);
  void give_closing();
  void fail(Status status, const std::string& error) {
    result_.status = status;
    result_.error = error;
  }
  void fail_without_message();

  ByteSource& source_;
  Sink& sink_;
  MessageScanner scanner_;
  TapeResult result_;
  std::optional<MessageScanner::Message> held_;  // the first message after the opening
  std::vector<std::optional<tape::OpeningPart>> openings_;
  std::size_t names_ = 0;
  std::uint64_t snapshot_tick_ = ~std::uint64_t{0};  // unless it is known
  Block block_;
  std::unordered_map<std::uint16_t, Seen> seen_;
  std::size_t damage_gaps_ = 0;
  std::uint64_t stages_ = 0, attributes_ = 0, points_ = 0, lost_attributes_ = 0;
  Closing closing_;
  std::vector<tape::Tail> tails_;
  bool indexed_ = false;
  std::uint64_t before_closing_ = 0, before_index_ = 0;  // the end of what was read and comes before them
  std::uint32_t closing_parts_ = 0, closing_taken_ = 0, closing_next_ = 0;
  std::size_t closing_owners_ = 0, closing_gaps_ = 0;  // taken so far
};

bool Reading::accept_version(const MessageScanner::Message& message) {
  if (result_.messages == 0) {
    result_.major = message.frame.major;
    result_.minor = message.frame.minor;
    result_.newer_minor = result_.minor > tape::kMinor;
  }
  ++result_.messages;
  if (message.frame.major == tape::kMajor) return true;
  fail(Status::kNewerMajor, "a tape of version " + std::to_string(message.frame.major) + "." +
                                std::to_string(message.frame.minor) + "; this program reads " +
                                std::to_string(tape::kMajor) + ".x");
  return false;
}

void Reading::pass(const MessageScanner::Message& message) {
  if (message.frame.kind == Kind::kIndex) return;
  before_index_ = message.offset + message.frame.bytes;
  if (message.frame.kind != Kind::kClosing) before_closing_ = before_index_;
}

void Reading::take_opening(tape::OpeningPart&& part) {
  if (openings_.empty()) openings_.resize(part.parts);
  if (part.parts != openings_.size()) return;  // of two accounts the first holds
  if (!openings_[part.part]) openings_[part.part] = std::move(part);
}

bool Reading::opening_complete() const {
  return !openings_.empty() &&
         std::all_of(openings_.begin(), openings_.end(), [](const auto& part) { return part.has_value(); });
}

void Reading::collect_opening() {
  MessageScanner::Message message;
  while (scanner_.next(message)) {
    if (!accept_version(message)) return;
    if (message.frame.kind != Kind::kOpening) {
      held_ = message;
      break;
    }
    pass(message);
    tape::OpeningPart part;
    const std::string wrong = tape::decode_opening(message.words, part);
    if (wrong.empty()) {
      take_opening(std::move(part));
    } else {
      scanner_.reject(message, wrong);
    }
  }
  if (result_.messages == 0) {
    fail_without_message();
    return;
  }
  if (!opening_complete()) search_spares();
}

// Reads through the whole file once more, for openings only.
void Reading::search_spares() {
  MessageScanner spares(source_, nullptr);
  MessageScanner::Message message;
  while (!opening_complete() && spares.next(message)) {
    if (message.frame.kind != Kind::kOpening || message.frame.major != tape::kMajor) continue;
    tape::OpeningPart part;
    if (tape::decode_opening(message.words, part).empty()) take_opening(std::move(part));
  }
}

void Reading::give_opening() {
  Opening opening;
  std::size_t count = 0;
  for (const auto& part : openings_)
    if (part) count = std::max<std::size_t>(count, part->name_count);
  // What no part names is shown by its number.
  const bool complete = opening_complete();
  const bool process_known = !openings_.empty() && openings_[0].has_value();
  if (!complete && count == 0) count = tape::kMaxNames;
  opening.names.resize(count);
  if (!complete)
    for (std::size_t i = 0; i < count; ++i) opening.names[i].text = "name " + std::to_string(i) + " (lost)";
  for (auto& part : openings_) {
    if (!part) continue;
    Opening& from = part->opening;
    if (part->part == 0) {
      opening.process = std::move(from.process);
      opening.trigger = std::move(from.trigger);
      opening.counters = from.counters;
    }
    std::move(from.names.begin(), from.names.end(), opening.names.begin() + part->first_name);
    if (opening.open_stages.size() + from.open_stages.size() <= tape::kMaxOpenStages)
      opening.open_stages.insert(opening.open_stages.end(), from.open_stages.begin(), from.open_stages.end());
    if (opening.open_requests.size() + from.open_requests.size() <= tape::kMaxOpenRequests)
      std::move(from.open_requests.begin(), from.open_requests.end(), std::back_inserter(opening.open_requests));
    part.reset();
  }
  openings_.clear();
  opening.format = {Format::Kind::kTape, result_.major, result_.minor};
  if (!complete) scanner_.missing(0, "the opening is lost in part or whole: names, process, what was open");
  names_ = opening.names.size();
  if (process_known) snapshot_tick_ = opening.process.snapshot_tick;
  sink_.opening(opening);
}

// Notes that a stream's account is ahead of what was read; false when it is behind, which cannot be.
bool Reading::missed(Seen& seen, std::uint64_t rows, std::uint64_t bytes, std::uint64_t until) {
  if (rows < seen.rows || bytes < seen.bytes) return false;
  if (rows == seen.rows && bytes == seen.bytes) return true;
  const Gap gap{GapReason::kDamagedMessage, rows - seen.rows, bytes - seen.bytes, until};
  result_.lost_rows += gap.records;
  if (damage_gaps_ < kMaxDamageGaps || seen.gaps.empty()) {
    ++damage_gaps_;
    seen.gaps.push_back(gap);
  } else {
    seen.gaps.back().records += gap.records;
    seen.gaps.back().bytes += gap.bytes;
    seen.gaps.back().until = std::max(seen.gaps.back().until, until);
  }
  return true;
}

void Reading::give_block(const MessageScanner::Message& message) {
  tape::BlockTotals totals;
  std::string wrong = tape::decode_block(message.words, names_, block_, totals);
  if (wrong.empty()) {
    Seen& seen = seen_[block_.stream];
    if (missed(seen, totals.rows_before, totals.bytes_before, totals.last_before)) {
      const std::size_t rows = block_.stages.size() + block_.attributes.size() + block_.points.size();
      ++seen.blocks;
      seen.rows_read += rows;
      seen.rows = totals.rows_before + rows;
      seen.bytes = totals.bytes_before + message.frame.bytes;
      seen.last = std::max({seen.last, totals.last_before, totals.last_tick});
      stages_ += block_.stages.size();
      attributes_ += block_.attributes.size();
      points_ += block_.points.size();
      for (const StageRow& stage : block_.stages) lost_attributes_ += stage.lost_attributes;
      sink_.block(block_);
      return;
    }
    wrong = "a block that contradicts the ones before it";
  }
  scanner_.reject(message, wrong);
}

void Reading::take_closing(const MessageScanner::Message& message) {
  tape::ClosingPart part;
  std::string wrong = tape::decode_closing(message.words, part);
  if (wrong.empty() && closing_parts_ != 0 && part.parts != closing_parts_)
    wrong = "a closing of another number of parts";
  if (wrong.empty() && part.part < closing_next_) wrong = "a closing's part again";
  const std::size_t streams = closing_.streams.size() + part.closing.streams.size();
  std::size_t owners = closing_owners_, gaps = closing_gaps_;
  for (const Stream& stream : part.closing.streams) {
    owners += stream.owners.size();
    gaps += stream.gaps.size();
  }
  if (wrong.empty() && (streams > 2 * tape::kMaxStreams || owners > tape::kMaxOwners || gaps > tape::kMaxGaps))
    wrong = "more streams, owners or gaps than there can be";
  if (!wrong.empty()) {
    scanner_.reject(message, wrong);
    return;
  }
  closing_parts_ = part.parts;
  closing_next_ = part.part + 1;
  ++closing_taken_;
  closing_owners_ = owners;
  closing_gaps_ = gaps;
  std::vector<Stream> more = std::exchange(part.closing.streams, {});
  std::vector<Stream> kept = std::exchange(closing_.streams, {});
  closing_ = part.closing;
  closing_.streams = std::move(kept);
  for (std::size_t i = 0; i < more.size(); ++i) {
    Stream& stream = more[i];
    if (part.continued[i] && !closing_.streams.empty() && closing_.streams.back().id == stream.id) {
      Stream& before = closing_.streams.back();
      std::move(stream.owners.begin(), stream.owners.end(), std::back_inserter(before.owners));
      before.gaps.insert(before.gaps.end(), stream.gaps.begin(), stream.gaps.end());
    } else {
      closing_.streams.push_back(std::move(stream));
    }
  }
  tails_.insert(tails_.end(), part.tails.begin(), part.tails.end());
  if (tails_.size() > tape::kMaxStreams) tails_.resize(tape::kMaxStreams);
}

void Reading::dispatch(const MessageScanner::Message& message) {
  pass(message);
  switch (message.frame.kind) {
    case Kind::kOpening:
      break;  // a spare: looked at only when it was needed
    case Kind::kBlock:
      give_block(message);
      break;
    case Kind::kClosing:
      take_closing(message);
      break;
    case Kind::kIndex:
      indexed_ = true;
      break;
    default:
      ++result_.unknown;
  }
}

void Reading::give_closing() {
  for (const tape::Tail& tail : tails_) missed(seen_[tail.stream], tail.rows, tail.bytes, tail.last);
  const bool lost = closing_parts_ == 0 || closing_taken_ != closing_parts_;
  closing_.rebuilt |= lost;
  if (lost || scanner_.damages() != 0) {  // what was read, not what had been written
    closing_.stages = stages_;
    closing_.attributes = attributes_;
    closing_.points = points_;
    closing_.lost_attributes = lost_attributes_;
  }
  if (lost) {
    // Any stream may have ended in what is lost: nothing before the copy itself is known complete.
    closing_.complete_since = std::max(closing_.complete_since, snapshot_tick_);
    for (const auto& [id, seen] : seen_) closing_.complete_since = std::max(closing_.complete_since, seen.last);
  }
  std::unordered_map<std::uint16_t, std::size_t> known;
  for (std::size_t i = 0; i < closing_.streams.size(); ++i) known.emplace(closing_.streams[i].id, i);
  std::vector<std::uint16_t> ids;
  for (const auto& [id, seen] : seen_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const std::uint16_t id : ids) {
    Seen& seen = seen_[id];
    const auto [found, is_new] = known.emplace(id, closing_.streams.size());
    if (is_new && !lost && seen.gaps.empty()) continue;
    if (is_new) {
      Stream& stream = closing_.streams.emplace_back();
      stream.id = id;
      stream.first = stream.last = seen.last;
      stream.chunks = seen.blocks;
      stream.records = seen.rows_read;
      stream.bytes = seen.bytes;
    }
    Stream& stream = closing_.streams[found->second];
    for (const Gap& gap : seen.gaps) {
      stream.gaps.push_back(gap);
      stream.first = std::max(stream.first, gap.until);
      closing_.complete_since = std::max(closing_.complete_since, gap.until);
    }
  }
  if (lost) scanner_.missing(before_closing_, "the closing is lost, so nothing is known to be complete");
  if (!indexed_) scanner_.missing(before_index_, "the index is lost, which was not needed");
  scanner_.flush();
  sink_.closing(closing_);
}

void Reading::fail_without_message() {
  if (scanner_.error()) return fail(Status::kIoError, scanner_.error().what);
  if (source_.size() == 0) return fail(Status::kNotATape, "not a tape: the file is empty");
  std::array<std::uint64_t, tape::kMagicAt + 1> words{};
  std::size_t got = 0;
  if (source_.read_at(0, std::as_writable_bytes(std::span(words)), got)) got = 0;
  if (got == sizeof words && words[tape::kMagicAt] == tape::kMagic)
    return fail(Status::kUnreadable, "a tape of which no part is whole");
  fail(Status::kNotATape, "not a tape");
}

TapeResult Reading::run_opening() {
  collect_opening();
  if (result_.ok()) give_opening();
  return result_;
}

TapeResult Reading::run() {
  collect_opening();
  if (result_.ok()) {
    give_opening();
    MessageScanner::Message message;
    bool more = held_.has_value();
    if (more) message = *held_;
    while (more) {
      dispatch(message);
      more = scanner_.next(message);
      if (more) ++result_.messages;
    }
    give_closing();
  }
  scanner_.flush();
  result_.damages = scanner_.damages();
  result_.damaged_bytes = scanner_.damaged_bytes();
  return result_;
}

}  // namespace

TapeResult read_tape(ByteSource& source, Sink& sink) { return Reading(source, sink).run(); }
TapeResult read_tape_opening(ByteSource& source, Sink& sink) { return Reading(source, sink).run_opening(); }

}  // namespace looptape::dump
