// The running recording and a thread's place in it: see recording_place.h.
#include "core/recording_place.h"

#include <algorithm>
#include <cstring>

namespace looptape::core {

Here here(bool began) noexcept {
  Here place;
  place.engine = Engine::current_here();
  if (place.engine == nullptr || (!began && place.engine->paused())) return {};
  place.writer = own_writer(*place.engine);
  return place;
}

std::uint64_t strictly_later_start(Writer& writer, std::uint64_t now) noexcept {
  writer.last_start = std::max(now, writer.last_start + 1);
  return writer.last_start;
}

ContextValue raw_context(const Writer& writer) noexcept {
  ContextValue context;
  context.trace_high = writer.trace_high;
  context.trace_low = writer.trace_low;
  context.flags = static_cast<std::uint8_t>(writer.trace_flags);
  context.request = writer.request;
  context.parent_start = writer.parent_start;
  context.parent_stream = static_cast<std::uint32_t>(writer.parent_stream);
  context.epoch = static_cast<std::uint16_t>(writer.epoch);
  return context;
}

bool of_this_recorder(const Engine& engine, const ContextValue& context) noexcept {
  return context.remote != 0 || context.epoch == static_cast<std::uint16_t>(engine.epoch);
}

void apply_context(Here place, const ContextValue& context) noexcept {
  place.writer->trace_high = context.trace_high;
  place.writer->trace_low = context.trace_low;
  place.writer->trace_flags = context.flags;
  set_context(*place.engine, *place.writer, context.request, context.parent_start, context.parent_stream);
}

void put_attribute_words(Here place, RecordType type, ValueType value, std::uint16_t key, unsigned depth,
                         std::uint64_t first, std::string_view text, std::uint64_t origin,
                         std::uint64_t start) noexcept {
  std::uint64_t words[4 + text_words(kMaxTextBytes)] = {};
  std::size_t count = 0;
  words[count++] = attribute_head(type, value, key, depth, text.size());
  words[count++] = first;
  if (type == RecordType::kAttributeElsewhere) {
    words[count++] = origin;
    words[count++] = start;
  }
  if (!text.empty()) std::memcpy(words + count, text.data(), text.size());
  count += text_words(text.size());
  // An attribute has no time: the clock is read only for a new chunk.
  const bool fits =
      place.writer->chunk != nullptr && place.writer->used + count * kWordBytes <= place.engine->region.chunk_bytes();
  if (fits || ensure_room(*place.engine, *place.writer, count * kWordBytes, place.engine->now()))
    put_words(*place.writer, words, count);
}

void put_detach(Here place, unsigned flags, std::uint16_t site, std::uint64_t start, std::uint64_t request) noexcept {
  if (!ensure_room(*place.engine, *place.writer, 32, start)) return;
  const std::uint64_t words[4] = {record_head(RecordType::kDetach, 0, site, since_base(*place.writer, start)),
                                  stage_word(place.writer->depth & 63, 0, flags | kStageDetached, 0), start, request};
  put_words(*place.writer, words, 4);
}

void put_long(Here place, unsigned status, std::uint16_t site, unsigned attributes, unsigned flags, std::uint64_t start,
              std::uint64_t request, std::uint64_t origin) noexcept {
  const std::uint64_t end = std::max(place.engine->now(), start);
  if (!ensure_room(*place.engine, *place.writer, 48, end)) return;
  const std::uint64_t words[6] = {record_head(RecordType::kLong, status, site, since_base(*place.writer, end)),
                                  stage_word(0, attributes, flags, 0),
                                  start,
                                  request,
                                  origin,
                                  0};
  put_words(*place.writer, words, 6);
}

}  // namespace looptape::core
