// The peer: a bounded queue of one's own, as fast as a library has it: see recording_cases.h.
//
// The queue is emptied between the batches by the thread that filled it, so it never meets the other core: this
// flatters it, as do no names, no nesting, no request, no attributes and nobody who could read it after a crash.
#include <boost/lockfree/spsc_queue.hpp>

#include "bench/recording_cases.h"
#include "bench/sites.h"
#include "looptape/core/clock.h"

namespace looptape::bench {
namespace {

struct Stamped {
  std::uint64_t at, value;
};
struct Interval {
  std::uint64_t start, end, site;
};

boost::lockfree::spsc_queue<Stamped, boost::lockfree::capacity<4096>> g_stamped;
boost::lockfree::spsc_queue<Interval, boost::lockfree::capacity<4096>> g_intervals;

struct PushStamped {
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    g_stamped.push({core::read_counter(), I});
  }
};

struct PushInterval {
  template <std::size_t I>
  [[gnu::always_inline]] void operator()() const {
    const std::uint64_t start = core::read_counter();
    asm volatile("" : : : "memory");
    g_intervals.push({start, core::read_counter(), I});
  }
};

void run_stamped() { at_every_site(PushStamped{}); }
void run_intervals() { at_every_site(PushInterval{}); }
void empty_queues() {
  g_stamped.consume_all([](const Stamped&) {});
  g_intervals.consume_all([](const Interval&) {});
}

}  // namespace

std::vector<Case> peer_cases() {
  return {
      {"peer_spsc_event", 1, kBatch, &run_stamped, &empty_queues},
      {"peer_spsc_scope", 2, kBatch, &run_intervals, &empty_queues},
  };
}

}  // namespace looptape::bench
