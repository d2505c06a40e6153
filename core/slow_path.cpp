// Everything that is unusual about recording: where the branches of looptape/core/writer.h lead.
//
// Recording threads only; lock-free, noexcept; drops and counts what it cannot record.
#include <algorithm>

#include "core/engine.h"
#include "core/thread_lease.h"
#include "looptape/core/writer.h"

namespace looptape::core {
namespace {

// The stage ends on a thread that did not begin it: its time is kept, its entry is left to its owner.
void finish_elsewhere(Engine& engine, const StageToken& token, std::uint64_t end) {
  Writer& origin = *token.writer;
  engine.count(Loss::kStageEndedElsewhere);
  Writer* const mine = own_writer(engine);
  if (mine != nullptr && ensure_room(engine, *mine, 48, end)) {
    const std::uint64_t words[6] = {record_head(RecordType::kLong, token.status(), token.site, since_base(*mine, end)),
                                    token.word | stage_word(0, 0, kStageDetached, 0),
                                    token.start,
                                    token.request,
                                    origin.stream,
                                    0};
    put_words(*mine, words, 6);
  }
  // Is it still on the stack?  If its thread has ended, the entry may be another tenant's: then the word has another
  // mark than it had before the look, and the exchange fails.
  const std::uint64_t root = (stage_flags(token.word) & kStageIsRequest) != 0 ? kAbandonedRoot : 0;
  Word& abandoned = engine.slots->slot_of(origin)[slot::kAbandoned];
  std::uint64_t seen;
  do {
    seen = Memory::load<Access::kAbandonLook>(abandoned, std::memory_order_acquire);  // P25, pairs with kAbandonedReset
    if (origin.open[2 * token.depth()].load(std::memory_order_relaxed) != token.start) return;  // after P25
  } while (!Memory::compare_exchange<Access::kAbandon>(abandoned, seen, seen | std::uint64_t{1} << token.depth() | root,
                                                       std::memory_order_release));  // P18, pairs with kTakeAbandoned
  origin.max_depth.store(0,
                         std::memory_order_relaxed);  // a hint to hurry: its thread tidies up when it begins the next
}

void put_finished(Engine& engine, Writer& writer, const StageToken& token, std::uint64_t end, unsigned status) {
  const std::uint64_t duration = end - token.start;
  if (token.request == writer.request && duration >> kDurationBits == 0) {
    if (!ensure_room(engine, writer, 16, end)) return;
    // The start is told by end and duration: both move when the chunk was taken after the clock had been read.
    const std::uint64_t time = since_base(writer, end);
    put_record<Memory>(writer, record_head(RecordType::kStage, status, token.site, time),
                       token.word | stage_word(0, 0, 0, writer.base + time - token.start));
    return;
  }
  if (!ensure_room(engine, writer, 48, end)) return;
  const std::uint64_t words[6] = {record_head(RecordType::kLong, status, token.site, since_base(writer, end)),
                                  token.word,
                                  token.start,
                                  token.request,
                                  writer.stream,
                                  0};
  put_words(writer, words, 6);
}

}  // namespace

Writer* enter_begin() noexcept {
  Engine* const engine = Engine::current_here();
  if (engine == nullptr || engine->paused()) return nullptr;
  Writer* const writer = own_writer(*engine);
  if (writer == nullptr) return nullptr;
  trim_stack(*engine, *writer);
  restore_limits(*engine, *writer);
  if (writer->depth < writer->max_depth.load(std::memory_order_relaxed)) return writer;  // own
  if (writer->depth >= kMaxDepth) engine->count(Loss::kTooDeep);
  return nullptr;
}

void finish_slow(const StageToken& token, std::uint64_t now) noexcept {
  Engine* const engine = Engine::current_here();
  // A forked child, a recorder that is gone, or a stage of an earlier one: nothing of it is ours to touch.
  if (engine == nullptr || token.writer->epoch != engine->epoch) return;
  Writer& writer = *token.writer;
  const std::uint64_t end = std::max(now, token.start);
  if (!is_own(token)) {
    finish_elsewhere(*engine, token, end);
    return;
  }
  unsigned status = token.status();
  if (status == 0 && token.state != *writer.uncaught) status = static_cast<unsigned>(Status::exception);
  put_finished(*engine, writer, token, end, status);
  pop_open<Memory>(writer.open + 2 * token.depth());
  trim_stack(*engine, writer);
}

void event_slow(std::uint64_t head, std::uint64_t value) noexcept {
  Engine* const engine = Engine::current_here();
  if (engine == nullptr || engine->paused()) return;
  Writer* const writer = own_writer(*engine);
  if (writer == nullptr) return;
  const std::uint64_t now = engine->now();  // after a lease, which leaves records of its own
  if (!ensure_room(*engine, *writer, 16, now)) return;
  restore_limits(*engine, *writer);
  put_record<Memory>(*writer, head | since_base(*writer, now) << 24, value);
}

}  // namespace looptape::core
