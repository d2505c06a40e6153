// What recording costs: see recording_cases.h.
#include <looptape/looptape.h>

#include <string_view>

#include "bench/recording_cases.h"
#include "bench/sites.h"

namespace looptape::bench {
namespace {

namespace lt = looptape;

std::uint64_t g_clock[kSites];  // where the bare clock's readings go

struct ReadClock {
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    *static_cast<volatile std::uint64_t*>(&g_clock[I]) = core::read_counter();
  }
};

struct Scope {
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    lt::Stage<kSiteName<I>> stage;
  }
};

struct Event {
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    lt::event<kSiteName<I>>();
  }
};

struct Count {
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    lt::Counter<kSiteName<I>>::add();
  }
};

struct Level {
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    lt::Gauge<kSiteName<I>>::set(I);
  }
};

struct ScopeWithIntegers {
  int first, second;
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    lt::Stage<kSiteName<I>> stage;
    stage.template set<"candidates">(first);
    stage.template set<"kept">(second);
  }
};

struct ScopeWithText {
  std::string_view text;
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    lt::Stage<kSiteName<I>> stage;
    stage.template set<"model">(text);
  }
};

// What the compiler must not know.
template <class T>
T opaque(T value) {
  asm volatile("" : "+r"(value));
  return value;
}

void run_clock() { at_every_site(ReadClock{}); }
void run_scope() { at_every_site(Scope{}); }
void run_event() { at_every_site(Event{}); }
void run_counter() { at_every_site(Count{}); }
void run_gauge() { at_every_site(Level{}); }
void run_integers() { at_every_site(ScopeWithIntegers{opaque(40), opaque(8)}); }
void run_text() { at_every_site(ScopeWithText{"all-minilm-l6-v2"}); }
void run_sequence() {
  lt::Sequence steps;
  at_every_site([&]<std::size_t I>() __attribute__((always_inline)) { steps.next<kSiteName<I>>(); });
}
void run_named() {
  static const lt::Name name = lt::intern("named at run time");
  for (unsigned i = 0; i < kBatch; ++i) lt::NamedStage stage(name);
}

// One request after the other, as a server's thread has them; the batch's own request is put aside meanwhile.
constexpr unsigned kRequests = 400;
void run_request() {
  for (unsigned i = 0; i < kRequests; ++i)
    lt::Request request{{.kind = "ask", .tenant = "acme", .user = "u-4892", .session = "s-17"}};
}
void run_bare_request() {
  for (unsigned i = 0; i < kRequests; ++i) lt::Request request{{.kind = "ask"}};
}
void run_detached_request() {
  for (unsigned i = 0; i < kRequests; ++i) lt::DetachedRequest request{{.kind = "ask"}};
}
void run_adopt() {
  const lt::Context context = lt::Context::current();
  for (unsigned i = 0; i < kBatch; ++i) lt::Adopt adopted{context};
}
void run_current() {
  for (unsigned i = 0; i < kBatch; ++i) {
    lt::Context context = lt::Context::current();
    asm volatile("" : : "g"(&context) : "memory");
  }
}
void run_detached() {
  at_every_site([]<std::size_t I>() { lt::Detached<kSiteName<I>> stage; });
}

}  // namespace

Case bare_clock() { return {"bare_clock", 1, kBatch, &run_clock}; }

std::vector<Case> recorded_cases() {
  return {
      {"scope", 2, kBatch, &run_scope},     {"sequence", 1, kBatch, &run_sequence},
      {"event", 1, kBatch, &run_event},     {"counter", 1, kBatch, &run_counter},
      {"gauge", 1, kBatch, &run_gauge},     {"scope_two_integers", 2, kBatch, &run_integers},
      {"scope_text", 2, kBatch, &run_text}, {"named_scope", 2, kBatch, &run_named},
  };
}

std::vector<Case> request_cases() {
  return {
      {"request", 2, kRequests, &run_request},
      {"request_kind_only", 2, kRequests, &run_bare_request},
      {"detached_request", 2, kRequests, &run_detached_request},
      {"adopt", 2, kBatch, &run_adopt},
      {"context_current", 0, kBatch, &run_current},
      {"detached_scope", 2, kBatch, &run_detached},
  };
}

}  // namespace looptape::bench
