// What the child records until it is killed: see recording_program.h.
#include "tests/core/kill/recording_program.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "looptape/looptape.h"

namespace looptape::testing {
namespace {

constexpr std::uint64_t kLeaseRecords = 3;  // owner, context, event
constexpr std::uint64_t kPlainRecords = 4, kRequestRecords = 11;
constexpr std::uint64_t kCycleRecords = 15 * kPlainRecords + kRequestRecords;  // of 16 iterations

constexpr std::uint64_t records_before(std::uint64_t iteration) {
  const std::uint64_t whole = iteration - 1;
  return kLeaseRecords + whole * kPlainRecords + whole / 16 * (kRequestRecords - kPlainRecords);
}

// The bytes of an iteration's text: the number repeated, cut.
struct Text {
  std::array<char, core::kMaxTextBytes> bytes;
  std::size_t length;
  std::string_view view() const { return {bytes.data(), length}; }
};
Text make_text(std::uint64_t iteration) {
  const std::uint64_t number = number_of_iteration(iteration) | 0x0101010101010101ULL;
  Text text;
  for (std::size_t at = 0; at < text.bytes.size(); at += sizeof number) std::memcpy(&text.bytes[at], &number, 8);
  // Letters: what is not UTF-8 might be cut where it is not expected.
  for (char& byte : text.bytes) byte = static_cast<char>('a' + (byte & 15));
  text.length = static_cast<std::size_t>(number_of_iteration(iteration) % (core::kMaxTextBytes + 1));
  return text;
}

template <class Work>
void take_step(Progress& progress, std::uint64_t iteration, Step step, Work work) {
  const std::uint64_t at = position(iteration, step);
  // All that a killed thread has stored is seen, nothing of what it had not: only the compiler must keep the order.
  progress.begun.store(at, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  work();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  progress.done.store(at, std::memory_order_release);
}

void iterate(Progress& progress, const std::vector<std::string>& names, std::uint64_t k) {
  const std::uint64_t number = number_of_iteration(k);
  const Text text = make_text(k);
  std::optional<Request> request;
  if (has_request(k))
    take_step(progress, k, Step::kRequestBegin,
              [&] { request.emplace(RequestOptions{.kind = "request", .tenant = "tenant", .session = "session"}); });
  std::optional<Stage<"work">> stage;
  take_step(progress, k, Step::kStageBegin, [&] { stage.emplace(); });
  take_step(progress, k, Step::kNumber, [&] { stage->set<"number">(number); });
  take_step(progress, k, Step::kText, [&] { stage->set<"text">(text.view()); });
  take_step(progress, k, Step::kStageEnd, [&] { stage.reset(); });
  if (has_request(k)) take_step(progress, k, Step::kRequestEnd, [&] { request.reset(); });
  if (has_name(k)) take_step(progress, k, Step::kName, [&] { intern(names[k / 32 - 1]); });
  take_step(progress, k, Step::kEvent, [&] { event<"seq">(k); });
}

using core::RecordType;
using core::ValueType;

ExpectedRecord attribute(std::string name, ValueType type, unsigned depth, std::uint64_t value, std::string text = {}) {
  ExpectedRecord record;
  record.type = RecordType::kAttribute;
  record.name = std::move(name);
  record.low = static_cast<unsigned>(type);
  record.depth = depth;
  record.value = value;
  record.text = std::move(text);
  return record;
}

ExpectedRecord stage(std::string name, unsigned depth, unsigned attributes, unsigned flags) {
  ExpectedRecord record;
  record.type = RecordType::kStage;
  record.name = std::move(name);
  record.depth = depth;
  record.attributes = attributes;
  record.flags = flags;
  return record;
}

ExpectedRecord plain(RecordType type, std::uint64_t value, bool known = true) {
  ExpectedRecord record;
  record.type = type;
  record.value = value;
  record.value_is_known = known;
  return record;
}

ExpectedRecord seq_event(std::string name, std::uint64_t value, ValueType type) {
  ExpectedRecord record = plain(RecordType::kEvent, value);
  record.name = std::move(name);
  record.low = static_cast<unsigned>(type);
  return record;
}

// The record at `at`, from 0, of those between a request's begin and its end.
ExpectedRecord of_request(std::uint64_t at) {
  const auto own = [](const char* key, ValueType type, std::uint64_t value, std::string text) {
    return attribute(std::string("looptape.") + key, type, core::kRequestDepth, value, std::move(text));
  };
  switch (at) {
    case 0: {
      ExpectedRecord trace = own("trace_id", ValueType::kBytes, 16, std::string(16, '\0'));
      trace.value_is_known = false;  // its text: random
      return trace;
    }
    case 1:
      return own("tenant", ValueType::kText, 6, "tenant");
    case 2:
      return own("session", ValueType::kText, 7, "session");
    case 3:
      return own("attributes", ValueType::kUnsigned, 3, {});
    case 4:
      return stage("request", 0, 0, core::kStageIsRequest);
    default:
      return plain(RecordType::kContext, 0);
  }
}

std::uint64_t bytes_of_record(const ExpectedRecord& record) {
  if (record.type != RecordType::kAttribute) return core::record_bytes(static_cast<std::uint64_t>(record.type));
  return 16 + core::text_words(record.text.size()) * core::kWordBytes;
}

}  // namespace

std::uint64_t number_of_iteration(std::uint64_t iteration) { return core::mix64(iteration * 2 + 1); }

std::string text_of_iteration(std::uint64_t iteration) { return std::string(make_text(iteration).view()); }

std::vector<std::string> names_of(std::size_t index) {
  std::vector<std::string> names(kNamesOfAThread);
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = "name " + std::to_string(i) + " of thread " + std::to_string(index);
  return names;
}

void run_program(Progress& progress, const std::vector<std::string>& names, std::uint64_t last) {
  progress.tid.store(static_cast<std::uint64_t>(::syscall(SYS_gettid)));
  take_step(progress, 0, Step::kEvent, [] { event<"begin">(); });
  for (std::uint64_t k = 1; k <= last; ++k) iterate(progress, names, k);
}

std::uint64_t records_through(std::uint64_t at) {
  if (at == 0) return 0;
  const std::uint64_t k = iteration_of(at);
  if (k == 0) return kLeaseRecords;
  constexpr std::array<std::uint64_t, 8> kPlain = {0, 0, 1, 2, 3, 3, 3, 4};
  constexpr std::array<std::uint64_t, 8> kRequest = {1, 1, 2, 3, 4, 10, 10, 11};
  const auto step = static_cast<std::size_t>(step_of(at));
  return records_before(k) + (has_request(k) ? kRequest[step] : kPlain[step]);
}

std::uint64_t stage_record(std::uint64_t iteration) { return records_through(position(iteration, Step::kStageEnd)); }

std::uint64_t request_record(std::uint64_t iteration) {
  return records_through(position(iteration, Step::kRequestEnd)) - 1;  // then comes the context
}

ExpectedRecord expected_record(std::uint64_t n) {
  ExpectedRecord record;
  if (n <= kLeaseRecords) {
    if (n == 1) return plain(RecordType::kOwner, 0, false);
    if (n == 2) return plain(RecordType::kContext, 0);
    return seq_event("begin", 0, ValueType::kUnsigned);
  }
  const std::uint64_t cycle = (n - kLeaseRecords - 1) / kCycleRecords, rest = (n - kLeaseRecords - 1) % kCycleRecords;
  const bool request = rest >= 15 * kPlainRecords;
  const std::uint64_t k = 16 * cycle + (request ? 16 : 1 + rest / kPlainRecords);
  std::uint64_t at = request ? rest - 15 * kPlainRecords : rest % kPlainRecords;
  const unsigned depth = request ? 1 : 0;
  if (request && at == 0) {
    record = plain(RecordType::kContext, 0, false);
  } else {
    at -= request ? 1 : 0;
    const std::string text = text_of_iteration(k);
    if (at == 0) record = attribute("number", ValueType::kUnsigned, depth, number_of_iteration(k));
    if (at == 1) record = attribute("text", ValueType::kText, depth, text.size(), text);
    if (at == 2) record = stage("work", depth, 2, 0);
    if (at > 2 && request && at < 9) record = of_request(at - 3);
    if (at == (request ? 9u : 3u)) record = seq_event("seq", k, ValueType::kUnsigned);
  }
  record.iteration = k;
  return record;
}

std::uint64_t bytes_of(std::uint64_t records) {
  static std::vector<std::uint64_t> sums{0};  // by record; the parent has one thread
  while (sums.size() <= records) sums.push_back(sums.back() + bytes_of_record(expected_record(sums.size())));
  return sums[records];
}

}  // namespace looptape::testing
