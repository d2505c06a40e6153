// Records whose every word is known: see numbered_records.h.
#include "tests/dump/stress/numbered_records.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "looptape/looptape.h"

namespace looptape::dump::testing {
namespace {

namespace chunk = core::chunk;
using core::RecordType;
using core::ValueType;

constexpr std::size_t kTextBytes = core::kMaxTextBytes;

// 48 hexadecimal digits that follow from a record's value.
std::array<char, kTextBytes> text_for(std::uint64_t value) {
  std::array<char, kTextBytes> text;
  for (std::size_t i = 0; i < kTextBytes; ++i) {
    if (i % 16 == 0 && i > 0) value = core::mix64(value);
    text[i] = "0123456789abcdef"[value >> 4 * (i % 16) & 15];
  }
  return text;
}

// Places in the cycle, in the order of recording.
enum Place : std::uint64_t { kEvent, kGauge, kNumber, kText, kInner, kOuter, kCounter, kLastEvent };

std::uint64_t place_of(std::uint64_t serial) { return (serial - kLeaseRecords - 1) % NumberedWriter::kCycle; }

// Open stages when the record of that place is written.
std::uint64_t depth_at(std::uint64_t serial) {
  if (serial <= kLeaseRecords) return 0;
  switch (place_of(serial)) {
    case kNumber:
    case kOuter:
      return 1;
    case kText:
    case kInner:
      return 2;
    default:
      return 0;
  }
}

std::uint64_t bytes_of(std::uint64_t serial) {
  if (serial == 1) return 48;
  if (serial == 2) return 32;
  return place_of(serial) == kText ? 16 + kTextBytes : 16;
}

std::uint16_t site_of(std::uint64_t place) {
  switch (place) {
    case kEvent:
      return core::site_id<"numbered event", Kind::other>();
    case kGauge:
      return core::site_id<"numbered gauge", Kind::other>();
    case kNumber:
      return core::site_id<"number", Kind::other>();
    case kText:
      return core::site_id<"text", Kind::other>();
    case kInner:
      return core::site_id<"numbered inner", Kind::other>();
    case kOuter:
      return core::site_id<"numbered outer", Kind::other>();
    case kCounter:
      return core::site_id<"numbered counter", Kind::other>();
    default:
      return core::site_id<"last of a cycle", Kind::other>();
  }
}

// Starts grow strictly, so a stage that begins and ends between two steps of the clock ends a few ticks ahead of it.
constexpr std::uint64_t kAhead = 16;

constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << 24) - 1;  // what is left of w0 without its time

}  // namespace

NumberedWriter::NumberedWriter() : tid_(static_cast<std::uint64_t>(::syscall(SYS_gettid))) {}

std::uint64_t NumberedWriter::value(std::uint64_t tid, std::uint64_t serial) { return core::mix64(tid << 40 ^ serial); }

void NumberedWriter::cycle() {
  event<"numbered event">(next_value());
  Gauge<"numbered gauge">::set(next_value());
  {
    Stage<"numbered outer"> outer;
    outer.set<"number">(next_value());
    {
      Stage<"numbered inner"> inner;
      const auto text = text_for(next_value());
      inner.set<"text">(std::string_view(text.data(), text.size()));
      ++records_;
    }
    ++records_;
  }
  Counter<"numbered counter">::add(static_cast<std::int64_t>(next_value()));
  event<"last of a cycle">(next_value());
}

std::uint64_t numbered_bytes(std::uint64_t records) {
  if (records == 0) return 0;
  if (records < kLeaseRecords) return bytes_of(1);
  const std::uint64_t cycles = (records - kLeaseRecords) / NumberedWriter::kCycle;
  std::uint64_t bytes = bytes_of(1) + bytes_of(2);
  for (std::uint64_t i = 1; i <= NumberedWriter::kCycle; ++i) bytes += cycles * bytes_of(kLeaseRecords + i);
  for (std::uint64_t serial = kLeaseRecords + cycles * NumberedWriter::kCycle + 1; serial <= records; ++serial)
    bytes += bytes_of(serial);
  return bytes;
}

std::uint16_t numbered_stage_site(unsigned depth) { return site_of(depth == 0 ? kOuter : kInner); }

class ChunkCheck {
 public:
  ChunkCheck(std::span<const std::uint64_t> words, ChunkTally& tally) : words_(words), tally_(tally) {}

  std::string run() {
    if (!keyframe()) return wrong_;
    std::size_t at = core::keyframe_bytes(core::keyframe_depth(words_[chunk::kDepth])) / core::kWordBytes;
    serial_ = tally_.before;
    time_ = 0;
    while (at < words_.size()) {
      ++serial_;
      const std::size_t count = bytes_of(serial_) / core::kWordBytes;
      if (at + count > words_.size()) return fail("the committed length cuts a record");
      if (!record(words_.data() + at)) return fail(wrong_);
      at += count;
      ++tally_.records;
      tally_.bytes += count * core::kWordBytes;
    }
    return {};
  }

 private:
  std::string fail(const std::string& what) const {
    return "stream " + std::to_string(tally_.stream) + ", chunk " + std::to_string(tally_.sequence) + ", record " +
           std::to_string(serial_) + ": " + what;
  }
  bool must(bool holds, const char* what) {
    if (!holds) wrong_ = what;
    return holds;
  }

  bool keyframe() {
    tally_.generation = words_[chunk::kGeneration];
    tally_.stream = words_[chunk::kStream];
    tally_.sequence = words_[chunk::kSequence];
    tally_.before = words_[chunk::kRecords];
    tally_.bytes_before = words_[chunk::kBytes];
    tid_ = words_[chunk::kTid];
    const bool sound = words_[chunk::kGeneration] % 2 == 0 && words_[chunk::kCommitted] == words_.size_bytes() &&
                       tally_.bytes_before == numbered_bytes(tally_.before) &&
                       core::keyframe_depth(words_[chunk::kDepth]) == depth_at(tally_.before + 1) &&
                       words_[chunk::kRequest] == 0 && words_[chunk::kParentStart] == 0;
    if (!sound) wrong_ = fail("a keyframe that does not fit its place");
    return sound;
  }

  bool record(const std::uint64_t* w) {
    const std::uint64_t place = place_of(serial_);
    if (serial_ == 1) return must(core::head_type(w[0]) == RecordType::kOwner && w[1] == tid_, "not its owner");
    if (serial_ == 2) return must(core::head_type(w[0]) == RecordType::kContext && w[1] == 0, "not its context");
    if (place == kNumber || place == kText) return attribute(w, place);
    const std::uint64_t time = core::head_time(w[0]);
    if (!must(time + kAhead >= time_, "earlier than the one before")) return false;
    time_ = time;
    if (place == kInner || place == kOuter) {
      ++tally_.stages;
      return stage(w, place);
    }
    ++tally_.points;
    return point(w, place);
  }

  bool point(const std::uint64_t* w, std::uint64_t place) {
    const RecordType type = place == kGauge     ? RecordType::kGauge
                            : place == kCounter ? RecordType::kCounter
                                                : RecordType::kEvent;
    const ValueType value = place == kCounter ? ValueType::kSigned : ValueType::kUnsigned;
    return must((w[0] & kTimeMask) == core::record_head(type, static_cast<unsigned>(value), site_of(place), 0),
                "another point's first word") &&
           must(w[1] == NumberedWriter::value(tid_, serial_), "another point's value");
  }

  bool stage(const std::uint64_t* w, std::uint64_t place) {
    const unsigned depth = place == kInner ? 1 : 0;
    const std::uint64_t start = words_[chunk::kBase] + core::head_time(w[0]) - core::stage_duration(w[1]);
    const bool follows = place == kInner || inner_start_ == 0 || start < inner_start_;
    inner_start_ = place == kInner ? start : 0;
    return must((w[0] & kTimeMask) == core::record_head(RecordType::kStage, 0, site_of(place), 0),
                "another stage's first word") &&
           must((w[1] & 0xffff) == core::stage_word(depth, 1, 0, 0), "another stage's second word") &&
           must(follows, "a stage that began after one within it");
  }

  bool attribute(const std::uint64_t* w, std::uint64_t place) {
    const std::uint64_t value = NumberedWriter::value(tid_, serial_);
    if (place == kNumber)
      return must(w[0] == core::attribute_head(RecordType::kAttribute, ValueType::kUnsigned, site_of(place), 0, 0),
                  "another number's first word") &&
             must(w[1] == value, "another number");
    const auto text = text_for(value);
    return must(w[0] == core::attribute_head(RecordType::kAttribute, ValueType::kText, site_of(place), 1, kTextBytes),
                "another text's first word") &&
           must(w[1] == kTextBytes, "a text's length") &&
           must(std::memcmp(w + 2, text.data(), kTextBytes) == 0, "another text, or half of one");
  }

  const std::span<const std::uint64_t> words_;
  ChunkTally& tally_;
  std::string wrong_;
  std::uint64_t tid_ = 0, serial_ = 0, time_ = 0, inner_start_ = 0;
};

std::string check_chunk(std::span<const std::uint64_t> words, ChunkTally* tally) {
  *tally = {};
  return ChunkCheck(words, *tally).run();
}

}  // namespace looptape::dump::testing
