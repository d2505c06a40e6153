// Requests: see looptape/core/request.h.
//
// Recording threads only; lock-free, noexcept; drops and counts what it cannot record.  A request's identity (trace,
// tenant, user, session) stands in the in-flight table while it runs and is written as attributes when it ends: so it
// is there for running, finished and crashed ones, and is not lost when the beginning of a long request is recycled.
#include "looptape/core/request.h"

#include <algorithm>
#include <cstring>

#include "core/context_scope.h"
#include "core/hex_text.h"
#include "core/keyed_hash.h"
#include "core/recording_place.h"
#include "core/utf8.h"
#include "looptape/core/flight.h"
#include "looptape/core/site.h"

namespace looptape::core {
namespace {

std::uint64_t next_random(Writer& writer) {  // SplitMix64 (Steele, Lea, Flood 2014)
  writer.random += 0x9e3779b97f4a7c15ULL;
  return mix64(writer.random);
}

// `*length` becomes that of the whole text: more than what is kept marks it as cut.
std::uint8_t copy_text(Engine& engine, std::string_view text, char (&out)[kMaxTextBytes], std::uint32_t* length) {
  const std::size_t kept = utf8_prefix(text, kMaxTextBytes);
  if (kept < text.size()) engine.count(Loss::kTextCut);
  if (kept > 0) std::memcpy(out, text.data(), kept);
  *length = static_cast<std::uint32_t>(std::min<std::size_t>(text.size(), ~std::uint32_t{0}));
  return static_cast<std::uint8_t>(kept);
}

// A user's id as the settings want it kept.
std::uint8_t copy_user(Engine& engine, std::string_view user, RequestToken& token) {
  if (user.empty() || engine.user_ids == UserIdPolicy::kDropped) return 0;
  if (engine.user_ids == UserIdPolicy::kPlain) return copy_text(engine, user, token.user, &token.user_length);
  token.user_hash = siphash(engine.user_key, user);
  put_hex(token.user, token.user_hash);
  token.user_length = 16;
  return 16;
}

// Writes one attribute of the request, making it the stream's current request meanwhile when it is not.  False: the
// request is not recorded here.
bool put_request_attribute(RequestToken& token, std::uint16_t key, ValueType type, std::uint64_t first,
                           std::string_view text) {
  const Here place = here(true);
  // A request of an earlier recorder has a number that may be another request's by now.
  if (!place || token.number == 0 || token.epoch != place.engine->epoch) return false;
  ++token.attributes;
  const ContextValue before = raw_context(*place.writer);
  const bool foreign = before.request != token.number;
  if (foreign) set_context(*place.engine, *place.writer, token.number, 0, 0);
  put_attribute_words(place, RecordType::kAttribute, type, key, kRequestDepth, first, text, 0, 0);
  if (foreign) apply_context(place, before);
  return true;
}

void put_identity(const OwnNames& own, RequestToken& token) {
  const auto text = [&](std::uint16_t key, const char* bytes, std::size_t kept, std::uint32_t length) {
    if (kept > 0) put_request_attribute(token, key, ValueType::kText, length, {bytes, kept});
  };
  char trace[16];  // big-endian, as in the header
  for (unsigned i = 0; i < 8; ++i) {
    trace[i] = static_cast<char>(token.trace_high >> (56 - 8 * i));
    trace[8 + i] = static_cast<char>(token.trace_low >> (56 - 8 * i));
  }
  put_request_attribute(token, own.trace_id, ValueType::kBytes, sizeof trace, {trace, sizeof trace});
  if (token.parent_span != 0)
    put_request_attribute(token, own.parent_span, ValueType::kUnsigned, token.parent_span, {});
  text(own.tenant, token.tenant, token.tenant_bytes, token.tenant_length);
  text(own.user, token.user, token.user_bytes, token.user_length);
  text(own.session, token.session, token.session_bytes, token.session_length);
  put_request_attribute(token, own.attributes, ValueType::kUnsigned, token.attributes, {});
}

std::uint64_t cut_texts(const RequestToken& token) {
  std::uint64_t cut = 0;
  if (token.tenant_length > token.tenant_bytes) cut |= kTenantCut;
  if (token.session_length > token.session_bytes) cut |= kSessionCut;
  if (token.user_length > token.user_bytes) cut |= kUserCut;
  return cut;
}

void list_in_flight(Engine& engine, RequestToken& token) {
  token.flight = engine.flights->take();
  if (token.flight == 0) {
    engine.count(Loss::kFlightFull);
    return;
  }
  std::uint64_t words[flight::kWords] = {};
  words[flight::kNumber] = token.number;
  words[flight::kStart] = token.start;
  words[flight::kSite] = token.site | std::uint64_t{token.stream} << 16;
  words[flight::kTraceHigh] = token.trace_high;
  words[flight::kTraceLow] = token.trace_low;
  words[flight::kParentSpan] = token.parent_span;
  words[flight::kUser] = token.user_hash;
  words[flight::kLengths] = token.tenant_bytes | std::uint64_t{token.session_bytes} << 8 |
                            std::uint64_t{token.user_bytes} << 16 | cut_texts(token) << 24;
  std::memcpy(&words[flight::kTenant], token.tenant, token.tenant_bytes);
  std::memcpy(&words[flight::kSession], token.session, token.session_bytes);
  std::memcpy(&words[flight::kUserText], token.user, token.user_bytes);
  publish_flight<Memory>(engine.region.flight(token.flight - 1), words);
}

void unlist_in_flight(Engine& engine, RequestToken& token) {
  if (token.flight == 0) return;
  clear_flight<Memory>(engine.region.flight(token.flight - 1));
  engine.flights->give_back(token.flight);
  token.flight = 0;
}

void fire_if_slow(Engine& engine, const RequestToken& token, std::uint64_t now) {
  const std::uint64_t limit = engine.slow_limit(token.site);
  const std::uint64_t duration = now - token.start;
  if (limit == 0 || now < token.start || duration <= limit) return;
  engine.post({now, token.number, duration, limit, token.site, TriggerKind::kSlowRequest});
}

}  // namespace

void begin_request(RequestToken& token, const RequestIdentity& identity, bool detached) noexcept {
  token.trace_high = identity.parent.trace_high;
  token.trace_low = identity.parent.trace_low;
  if ((token.trace_high | token.trace_low) != 0) token.trace_flags = identity.parent.flags;
  if (identity.parent.remote != 0) token.parent_span = identity.parent.parent_start;
  if (identity.parent.remote == 0 && identity.parent.parent_start != 0) {
    const Engine* const known = Engine::current_here();
    if (known != nullptr && of_this_recorder(*known, identity.parent))
      token.parent_span = span_id(known->token, identity.parent.parent_stream, identity.parent.parent_start);
  }
  const Here place = here(false);
  if (!place) return;  // not recorded; the caller's trace still travels on
  Engine& engine = *place.engine;
  Writer& writer = *place.writer;
  trim_stack(engine, writer);  // a request that another thread ended must not stand under this one
  token.epoch = engine.epoch;
  token.detached = detached;
  token.site = identity.kind.empty() ? engine.own.unnamed_request : register_name(identity.kind, Kind::request);
  token.number = engine.next_request.fetch_add(1, std::memory_order_relaxed);  // a number, no order
  if ((token.trace_high | token.trace_low) == 0) {
    token.trace_high = next_random(writer);
    token.trace_low = next_random(writer) | 1;  // an all-zero trace id is not legal
  }
  token.tenant_bytes = copy_text(engine, identity.tenant, token.tenant, &token.tenant_length);
  token.session_bytes = copy_text(engine, identity.session, token.session, &token.session_length);
  token.user_bytes = copy_user(engine, identity.user, token);
  token.stream = static_cast<std::uint32_t>(writer.stream);
  if (detached) {
    token.start = strictly_later_start(writer, engine.now());
    put_detach(place, kStageIsRequest, token.site, token.start, token.number);
  } else {
    enter_scope(place, token.scope);
    writer.trace_high = token.trace_high;
    writer.trace_low = token.trace_low;
    writer.trace_flags = token.trace_flags;
    set_context(engine, writer, token.number, 0, 0);
    if (writer.depth < kMaxDepth) {
      token.root = open_stage<Memory>(writer, token.site, engine.now(), kStageIsRequest);
      token.start = token.root.start;
    } else {
      engine.count(Loss::kTooDeep);
      token.start = strictly_later_start(writer, engine.now());
      token.detached = true;  // its end stands alone
    }
  }
  list_in_flight(engine, token);
}

void end_request(RequestToken& token) noexcept {
  if (token.number == 0) return;
  const Here place = here(true);
  const bool ours = place.engine != nullptr && token.epoch == place.engine->epoch;
  if (!place || !ours) {
    if (ours) unlist_in_flight(*place.engine, token);  // a thread without a slot: its end is lost, its place is not
    token.number = 0;
    return;
  }
  Engine& engine = *place.engine;
  const std::uint64_t now = engine.now();
  put_identity(engine.own, token);
  if (token.detached) {
    put_long(place, token.status, token.site, 0, kStageIsRequest | kStageDetached, token.start, token.number,
             token.stream);
    // Whichever thread has adopted it: what comes next is no longer its work.
    if (place.writer->request == token.number) apply_context(place, {});
  } else {
    token.root.fail(static_cast<Status>(token.status));
    finish_slow(token.root, now);
  }
  leave_scope(place, token.scope);
  unlist_in_flight(engine, token);
  fire_if_slow(engine, token, now);
  token.number = 0;
}

void request_attribute(RequestToken& token, std::uint16_t key, ValueType type, std::uint64_t value) noexcept {
  put_request_attribute(token, key, type, value, {});
}

void request_text(RequestToken& token, std::uint16_t key, std::string_view text) noexcept {
  const std::size_t length = utf8_prefix(text, kMaxTextBytes);
  const bool recorded = put_request_attribute(token, key, ValueType::kText, text.size(), text.substr(0, length));
  if (recorded && length < text.size()) Engine::current()->count(Loss::kTextCut);
}

void request_external(RequestToken& token, std::string_view kind, std::string_view id) noexcept {
  if (token.number == 0) return;
  static constexpr std::string_view kPrefix = "looptape.external:";
  // Room for one that is too long as a whole: the registry cuts, marks and counts it.
  char name[kPrefix.size() + kMaxNameBytes];
  const std::size_t length = std::min(kind.size(), kMaxNameBytes);
  std::memcpy(name, kPrefix.data(), kPrefix.size());
  if (length > 0) std::memcpy(name + kPrefix.size(), kind.data(), length);
  request_text(token, register_name({name, kPrefix.size() + length}, Kind::other), id);
}

ContextValue request_context(const RequestToken& token) noexcept {
  ContextValue context;
  context.trace_high = token.trace_high;
  context.trace_low = token.trace_low;
  context.flags = token.trace_flags;
  if (token.number == 0 && token.parent_span != 0) {  // not recorded: the caller's own trace
    context.parent_start = token.parent_span;
    context.remote = 1;
    return context;
  }
  context.request = token.number;
  context.parent_start = token.start;
  context.parent_stream = token.stream;
  context.epoch = static_cast<std::uint16_t>(token.epoch);
  return context;
}

}  // namespace looptape::core
