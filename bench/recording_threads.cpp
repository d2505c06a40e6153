// The same probes on 1, 2 and 4 threads: see recording_threads.h.
#include "bench/recording_threads.h"

#include <looptape/looptape.h>

#include <barrier>
#include <mutex>
#include <semaphore>
#include <thread>

namespace looptape::bench {
namespace {

std::uint64_t ticks_now() { return core::read_counter(); }

// One thread that does its first event when it is told to and lives until it is told to end.
class FirstEventThread {
 public:
  FirstEventThread() : thread_([this] { run(); }) {}
  ~FirstEventThread() {
    end_.release();
    thread_.join();
  }
  void go() {
    begin_.release();
    done_.acquire();
  }
  double clock = 0, first = 0, second = 0;

 private:
  void run() {
    begin_.acquire();
    const std::uint64_t t0 = ticks_now();
    const std::uint64_t t1 = ticks_now();
    event<"first">();
    const std::uint64_t t2 = ticks_now();
    event<"first">();
    const std::uint64_t t3 = ticks_now();
    clock = static_cast<double>(t1 - t0);
    first = static_cast<double>(t2 - t1);
    second = static_cast<double>(t3 - t2);
    done_.release();
    end_.acquire();
  }

  std::binary_semaphore begin_{0}, done_{0}, end_{0};
  std::thread thread_;
};

}  // namespace

std::vector<Samples> run_in_threads(std::span<const Case> cases, unsigned threads, std::size_t rounds) {
  std::vector<Samples> all(cases.size());
  std::mutex mutex;
  std::barrier together(static_cast<std::ptrdiff_t>(threads));
  std::vector<std::thread> running;
  for (unsigned i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      pin(i % cpus());
      const Request request{{.kind = "bench"}};
      together.arrive_and_wait();
      const std::vector<Samples> own = run_interleaved(cases, rounds + 1, rounds);  // all do all rounds
      const std::lock_guard lock(mutex);
      merge(all, own);
    });
  }
  for (std::thread& thread : running) thread.join();
  return all;
}

FirstEvents first_events(unsigned threads) {
  FirstEvents found;
  event<"first">();  // the name is registered, the code has run once
  {
    std::vector<std::unique_ptr<FirstEventThread>> alive;  // at the same time: each takes a slot of its own
    for (unsigned i = 0; i < threads; ++i) alive.push_back(std::make_unique<FirstEventThread>());
    for (const auto& thread : alive) {
      thread->go();
      found.clock.push_back(thread->clock);
      found.unused.push_back(thread->first);
      found.second.push_back(thread->second);
    }
  }
  for (unsigned i = 0; i < threads; ++i) {  // one after the other: the same slot again and again
    FirstEventThread thread;
    thread.go();
    found.parked.push_back(thread.first);
  }
  return found;
}

}  // namespace looptape::bench
