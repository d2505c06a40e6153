// Attributes of open stages: see looptape/core/writer.h.
//
// Recording threads only; lock-free, noexcept; drops and counts what it cannot record.  A dropped attribute counts as
// recorded in its stage: the reader sees from the difference that it is missing.
#include "core/recording_place.h"
#include "core/utf8.h"
#include "looptape/core/writer.h"

namespace looptape::core {
namespace {

// A number or text whose record is not two words in the stage's own chunk, as it stands.
void put_attribute(const StageToken& token, std::uint16_t key, ValueType type, std::uint64_t first,
                   std::string_view text) noexcept {
  const Here place = here(true);
  if (!place || token.writer->epoch != place.engine->epoch) return;
  if (text.size() < (type == ValueType::kText ? first : 0)) place.engine->count(Loss::kTextCut);
  put_attribute_words(place, is_own(token) ? RecordType::kAttribute : RecordType::kAttributeElsewhere, type, key,
                      token.depth(), first, text, token.writer->stream, token.start);
}

// Out of line, and with no more to pass on than is at hand: all else makes each call save registers that this one
// needs, and a scope with two integers cost 1.07 to 1.11 times its clock reads instead of 1.03.
[[gnu::noinline]] void put_number_elsewhere(const StageToken& token, std::uint64_t head, std::uint64_t value) noexcept {
  put_attribute(token, head_site(head), static_cast<ValueType>(head_low(head)), value, {});
}

}  // namespace

void attribute_number(StageToken& token, std::uint16_t key, ValueType type, std::uint64_t value) noexcept {
  // By the token, which is at hand: by t_writer all else would wait for two more loads.
  Writer& writer = *token.writer;
  const std::uint64_t head = attribute_head(RecordType::kAttribute, type, key, token.depth(), 0);
  token.count_attribute();
  if (&writer == t_writer &&  // another's would be written by its own thread meanwhile
      writer.used + 16 <= writer.limit.load(std::memory_order_relaxed) &&  // only zeroed by others
      writer.open[2 * token.depth()].load(std::memory_order_relaxed) == token.start) [[likely]]  // own
    put_record<Memory>(writer, head, value);
  else
    put_number_elsewhere(token, head, value);
}

void attribute_number(StageToken& token, Site& key, ValueType type, std::uint64_t value) noexcept {
  attribute_number(token, site_id(key), type, value);
}

void attribute_text(StageToken& token, std::uint16_t key, std::string_view text) noexcept {
  token.count_attribute();
  put_attribute(token, key, ValueType::kText, text.size(), text.substr(0, utf8_prefix(text, kMaxTextBytes)));
}

void attribute_text(StageToken& token, Site& key, std::string_view text) noexcept {
  attribute_text(token, site_id(key), text);
}

}  // namespace looptape::core
