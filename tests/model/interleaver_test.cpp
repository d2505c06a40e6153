// The interleaving checker itself, on the memory model's textbook situations: it finds what the model permits within
// its bounds, nothing else.
#include "tests/model/interleaver.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "tests/model/lockfree/modelled_queue.h"

using namespace looptape::model;
using looptape::core::Memory;
using looptape::core::Plain;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kSequential = std::memory_order_seq_cst;
constexpr Bounds kBounds{3, 3};
using Cell = looptape::core::Atomic<std::uint64_t>;
using Seen = std::vector<std::uint64_t>;

// Everything that the threads can have seen in the end.
std::set<Seen> everything(std::vector<std::function<void(Seen&)>> bodies, std::size_t results) {
  std::set<Seen> all;
  Seen seen(results);
  Interleaving run({}, kBounds);
  for (const auto& body : bodies) run.thread([&, body] { body(seen); });
  run.explore([&]() -> const char* {
    all.insert(seen);
    return nullptr;
  });
  return all;
}

}  // namespace

TEST_CASE("two threads that write and then look miss each other, unless seq_cst fences stand between") {
  for (const bool fences : {false, true}) {
    Cell x{0}, y{0};
    const auto side = [fences](Cell& mine, Cell& other, std::size_t result) {
      return [&mine, &other, result, fences](Seen& seen) {
        mine.store(1, kRelaxed);
        if (fences) Memory::fence<Access::kPlain>(kSequential);
        seen[result] = other.load(kRelaxed);
      };
    };
    const auto all = everything({side(x, y, 0), side(y, x, 1)}, 2);
    CHECK(all.count({0, 0}) == (fences ? 0u : 1u));
    CHECK(all.size() == (fences ? 3u : 4u));
  }
}

TEST_CASE("a message comes with its flag through three threads when each of them hands it on in order") {
  for (const auto hand_on : {kRelaxed, kRelease}) {
    Cell message{0}, first{0}, second{0};
    const auto all = everything({[&](Seen&) {
                                   message.store(1, kRelaxed);
                                   first.store(1, hand_on);
                                 },
                                 [&](Seen&) {
                                   if (first.load(kAcquire) == 1) second.store(1, kRelease);
                                 },
                                 [&](Seen& seen) {
                                   seen[0] = second.load(kAcquire);
                                   seen[1] = message.load(kRelaxed);
                                 }},
                                2);
    CHECK(all.count({1, 1}) == 1);
    CHECK(all.count({1, 0}) == (hand_on == kRelease ? 0u : 1u));
  }
}

TEST_CASE("a relaxed read-modify-write hands on what the store before it released") {
  Cell message{0}, flag{0};
  const auto all = everything({[&](Seen&) {
                                 message.store(1, kRelaxed);
                                 flag.store(1, kRelease);
                               },
                               [&](Seen&) { flag.fetch_add(1, kRelaxed); },
                               [&](Seen& seen) {
                                 seen[0] = flag.load(kAcquire);
                                 seen[1] = message.load(kRelaxed);
                               }},
                              2);
  CHECK(all.count({2, 1}) == 1);
  CHECK(all.count({2, 0}) == 0);
  CHECK(all.count({1, 0}) == 1);  // the other thread came first
}

TEST_CASE("read-modify-writes are never lost, loads and stores are") {
  for (const bool modify : {true, false}) {
    Cell count{0};
    std::set<std::uint64_t> ends;
    Interleaving run({}, kBounds);
    for (int i = 0; i < 3; ++i)
      run.thread([&, modify] {
        if (modify)
          count.fetch_add(1, kRelaxed);
        else
          count.store(count.load(kRelaxed) + 1, kRelaxed);
      });
    run.explore([&]() -> const char* {
      ends.insert(count.value);
      return nullptr;
    });
    CHECK(ends == (modify ? std::set<std::uint64_t>{3} : std::set<std::uint64_t>{1, 2, 3}));
  }
}

TEST_CASE("one of two exchanges of the same word succeeds, and the other one may see an older value") {
  Cell word{5};
  const auto all = everything({[&](Seen& seen) { seen[0] = word.compare_exchange_strong(seen[2] = 5, 6, kRelaxed); },
                               [&](Seen& seen) { seen[1] = word.compare_exchange_strong(seen[3] = 5, 7, kRelaxed); }},
                              4);
  for (const Seen& seen : all) CHECK(seen[0] + seen[1] == 1);
  CHECK(all.size() == 2);
}

TEST_CASE("a queue hands over what came before the push, and nobody pops what another has popped") {
  Cell message{0};
  ModelledQueue<int, true> queue(4);
  const auto pop = [&](Seen& seen, std::size_t result) {
    int got = 0;
    seen[result] = queue.pop(got) ? 1 + message.load(kRelaxed) : 0;  // 1: popped without the message
  };
  const auto all = everything({[&](Seen&) {
                                 message.store(1, kRelaxed);
                                 queue.push(7);
                               },
                               [&](Seen& seen) { pop(seen, 0); }, [&](Seen& seen) { pop(seen, 1); }},
                              2);
  CHECK(all == std::set<Seen>{{0, 0}, {0, 2}, {2, 0}});
}

TEST_CASE("a queue seems empty to who was not told of what is in it, never to who was") {
  for (const auto told : {kRelaxed, kRelease}) {
    Cell flag{0};
    ModelledQueue<int, true> queue(4);
    const auto all = everything({[&](Seen&) {
                                   queue.push(7);
                                   flag.store(1, told);
                                 },
                                 [&](Seen& seen) {
                                   int got = 0;
                                   seen[0] = flag.load(kAcquire);
                                   seen[1] = queue.pop(got);
                                 }},
                                2);
    CHECK(all.count({1, 1}) == 1);
    CHECK(all.count({1, 0}) == (told == kRelease ? 0u : 1u));
  }
}

TEST_CASE("plain memory that was not handed over is reported") {
  for (const auto told : {kRelaxed, kRelease}) {
    struct {
      Plain<std::uint64_t> value{3};
    } thing;
    Cell flag{0};
    Interleaving run({}, kBounds);
    run.thread([&] {
      run.wrote(&thing, sizeof thing);
      flag.store(1, told);
    });
    run.thread([&] {
      if (flag.load(kAcquire) == 1) static_cast<void>(thing.value + 0);
    });
    const Outcome outcome = run.explore([]() -> const char* { return nullptr; });
    CHECK((outcome.broken == property::kToldOf) == (told == kRelaxed));
  }
}
