// Contexts, stages that end elsewhere and names of threads: see looptape/core/request.h.
//
// Recording threads only; lock-free, noexcept; drops and counts what it cannot record.
#include <cstring>

#include "core/context_scope.h"
#include "core/recording_place.h"
#include "core/utf8.h"

namespace looptape::core {

ContextValue current_context() noexcept {
  Engine* const engine = Engine::current_here();
  const Writer& writer = *t_writer;
  if (engine == nullptr || writer.epoch != engine->epoch) return {};
  ContextValue context = raw_context(writer);
  for (std::uint32_t d = writer.depth; d-- > 0;) {
    const std::uint64_t start = writer.open[2 * d].load(std::memory_order_relaxed);     // own stack
    const std::uint64_t meta = writer.open[2 * d + 1].load(std::memory_order_relaxed);  // own stack
    if (start == 0 || meta_request(meta) != writer.request) continue;
    context.parent_start = start;
    context.parent_stream = static_cast<std::uint32_t>(writer.stream);
    break;
  }
  return context;
}

void adopt_context(const ContextValue& context, ContextScope& scope) noexcept {
  const Here place = here(false);
  if (!place) return;
  ContextValue next = context;
  if (next.remote != 0) next.parent_start = next.parent_stream = 0;  // no stage of this process
  if (!of_this_recorder(*place.engine, next)) next.request = next.parent_start = next.parent_stream = 0;
  enter_scope(place, scope);
  apply_context(place, next);
}

void restore_context(ContextScope& scope) noexcept {
  if (scope.writer == nullptr) return;
  if (const Here place = here(true)) leave_scope(place, scope);
}

void begin_detached(DetachedToken& token, std::uint16_t site) noexcept {
  const Here place = here(false);
  if (!place) return;
  token.start = strictly_later_start(*place.writer, place.engine->now());
  token.request = place.writer->request;
  token.stream = static_cast<std::uint32_t>(place.writer->stream);
  token.site = site;
  token.epoch = place.engine->epoch;
  put_detach(place, 0, site, token.start, token.request);
}

void end_detached(DetachedToken& token) noexcept {
  const Here place = here(true);
  if (!place || token.epoch != place.engine->epoch) return;
  put_long(place, token.status, token.site, token.attributes, kStageDetached, token.start, token.request, token.stream);
}

void detached_attribute(DetachedToken& token, std::uint16_t key, ValueType type, std::uint64_t value) noexcept {
  const Here place = here(true);
  if (!place || token.epoch != place.engine->epoch) return;
  token.attributes = static_cast<std::uint8_t>(token.attributes + (token.attributes < kManyAttributes));
  put_attribute_words(place, RecordType::kAttributeElsewhere, type, key, 0, value, {}, token.stream, token.start);
}

void detached_text(DetachedToken& token, std::uint16_t key, std::string_view text) noexcept {
  const Here place = here(true);
  if (!place || token.epoch != place.engine->epoch) return;
  const std::size_t length = utf8_prefix(text, kMaxTextBytes);
  if (length < text.size()) place.engine->count(Loss::kTextCut);
  token.attributes = static_cast<std::uint8_t>(token.attributes + (token.attributes < kManyAttributes));
  put_attribute_words(place, RecordType::kAttributeElsewhere, ValueType::kText, key, 0, text.size(),
                      text.substr(0, length), token.stream, token.start);
}

void name_thread(std::string_view name) noexcept {
  ThreadName kept;
  const std::size_t length = utf8_prefix(name, kThreadNameBytes);
  if (length > 0) std::memcpy(kept.words, name.data(), length);
  if (length < name.size()) kept.flags = kNameFlagCut;
  keep_thread_name(kept);
  here(false);  // gives it to the stream this thread has or gets, if anything is being recorded
}

void post_dump(TriggerKind kind, std::uint16_t name, std::uint64_t request, std::uint64_t value_ticks,
               std::uint64_t limit_ticks) noexcept {
  Engine* const engine = Engine::current_here();
  if (engine == nullptr) return;
  engine->post({engine->now(), request, value_ticks, limit_ticks, name, kind});
}

}  // namespace looptape::core
