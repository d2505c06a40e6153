// W3C trace context (https://www.w3.org/TR/trace-context/): the `traceparent` header, version 00.
//
// Any ordinary thread; no allocation.  Flags are the trace's, not this recorder's: what came with them leaves with them
// (of those the standard knows), so that nobody's sampling decision is changed.  00-<32 hex: trace id>-<16 hex: parent
// span>-<2 hex: flags>.
#include <cstring>

#include "core/engine.h"
#include "core/hex_text.h"
#include "looptape/core/request.h"

namespace looptape::core {
namespace {

// Reads exactly `digits` lower-case hex digits.
bool get_hex(std::string_view text, std::size_t at, std::size_t digits, std::uint64_t* value) {
  *value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    const char c = text[i];
    unsigned digit;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else {
      return false;
    }
    *value = *value << 4 | digit;
  }
  return true;
}

bool parse(std::string_view header, ContextValue* context) {
  // A later version may append fields after a further dash; what stands before is read as version 00.
  if (header.size() < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-') return false;
  std::uint64_t version, flags;
  if (!get_hex(header, 0, 2, &version) || version == 0xff) return false;
  if (version == 0 ? header.size() != 55 : header.size() > 55 && header[55] != '-') return false;
  if (!get_hex(header, 3, 16, &context->trace_high) || !get_hex(header, 19, 16, &context->trace_low) ||
      !get_hex(header, 36, 16, &context->parent_start) || !get_hex(header, 53, 2, &flags))
    return false;
  context->remote = 1;
  context->flags = static_cast<std::uint8_t>(flags & (kTraceSampled | kTraceRandomId));
  return (context->trace_high | context->trace_low) != 0 && context->parent_start != 0;
}

}  // namespace

std::size_t write_traceparent(const ContextValue& context, char (&out)[56]) noexcept {
  out[0] = '\0';
  if ((context.trace_high | context.trace_low) == 0) return 0;
  std::uint64_t span = context.parent_start;
  if (context.remote == 0) {
    Engine* const engine = Engine::current_here();
    if (engine == nullptr || span == 0 || context.epoch != static_cast<std::uint16_t>(engine->epoch)) return 0;
    span = span_id(engine->token, context.parent_stream, span);
  }
  if (span == 0) return 0;
  std::memcpy(out, "00-", 3);
  put_hex(out + 3, context.trace_high);
  put_hex(out + 19, context.trace_low);
  out[35] = '-';
  put_hex(out + 36, span);
  std::memcpy(out + 52, "-0", 2);
  out[54] = static_cast<char>('0' + (context.flags & (kTraceSampled | kTraceRandomId)));
  out[55] = '\0';
  return 55;
}

ContextValue parse_traceparent(std::string_view header) noexcept {
  ContextValue context;
  if (header.empty()) return context;
  if (parse(header, &context)) return context;
  if (Engine* const engine = Engine::current_here()) engine->count(Loss::kTokensInvalid);
  return {};
}

}  // namespace looptape::core
