// The checker itself, on the memory model's textbook situations: it finds what the model permits, nothing else.
#include <catch2/catch.hpp>
#include <set>
#include <utility>

#include "tests/model/checker.h"

using namespace looptape::model;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr Access kAny = Access::kPlain;
using Pairs = std::set<std::pair<std::uint64_t, std::uint64_t>>;

// All the pairs (first read, second read) that the reader can see.
template <class Write, class Read>
Pairs all_pairs(Write write, Read read, Mutant mutant = {}) {
  Pairs pairs;
  explore(2, mutant, write, [&](const Checked::Word* words) -> const char* {
    pairs.insert(read(words));
    return nullptr;
  });
  return pairs;
}

std::uint64_t get(const Checked::Word& word, std::memory_order order) { return Checked::load<kAny>(word, order); }
void put(Checked::Word& word, std::uint64_t value, std::memory_order order) {
  Checked::store<kAny>(word, value, order);
}

const auto message_then_flag = [](std::memory_order order) {
  return [order](Execution&, Checked::Word* words) {
    put(words[0], 1, kRelaxed);
    put(words[1], 1, order);
  };
};
const auto flag_then_message = [](std::memory_order order) {
  return [order](const Checked::Word* words) {
    const std::uint64_t flag = get(words[1], order);
    return std::make_pair(flag, get(words[0], kRelaxed));
  };
};

}  // namespace

TEST_CASE("a relaxed flag lets the message be missed, release and acquire do not") {
  const Pairs everything{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  const Pairs ordered{{0, 0}, {0, 1}, {1, 1}};
  CHECK(all_pairs(message_then_flag(kRelaxed), flag_then_message(kRelaxed)) == everything);
  CHECK(all_pairs(message_then_flag(kRelease), flag_then_message(kRelaxed)) == everything);
  CHECK(all_pairs(message_then_flag(kRelaxed), flag_then_message(kAcquire)) == everything);
  CHECK(all_pairs(message_then_flag(kRelease), flag_then_message(kAcquire)) == ordered);
}

TEST_CASE("fences on either side order the accesses around them") {
  const Pairs ordered{{0, 0}, {0, 1}, {1, 1}};
  const auto write = [](Execution&, Checked::Word* words) {
    put(words[0], 1, kRelaxed);
    Checked::fence<kAny>(kRelease);
    put(words[1], 1, kRelaxed);
  };
  const auto read = [](const Checked::Word* words) {
    const std::uint64_t flag = get(words[1], kRelaxed);
    Checked::fence<kAny>(kAcquire);
    return std::make_pair(flag, get(words[0], kRelaxed));
  };
  CHECK(all_pairs(write, read) == ordered);
  CHECK(all_pairs(write, flag_then_message(kAcquire)) == ordered);
  CHECK(all_pairs(message_then_flag(kRelease), read) == ordered);
  CHECK(all_pairs(write, read, {Mutant::Kind::kNoFence, kAny}).count({1, 0}) == 1);
}

TEST_CASE("an acquire fence before the load orders nothing") {
  const auto read = [](const Checked::Word* words) {
    Checked::fence<kAny>(kAcquire);
    const std::uint64_t flag = get(words[1], kRelaxed);
    return std::make_pair(flag, get(words[0], kRelaxed));
  };
  CHECK(all_pairs(message_then_flag(kRelease), read).count({1, 0}) == 1);
}

TEST_CASE("two reads of one place never go back in time") {
  const auto write = [](Execution&, Checked::Word* words) {
    put(words[0], 1, kRelaxed);
    put(words[0], 2, kRelaxed);
  };
  const auto read = [](const Checked::Word* words) {
    const std::uint64_t first = get(words[0], kRelaxed);
    return std::make_pair(first, get(words[0], kRelaxed));
  };
  CHECK(all_pairs(write, read) == Pairs{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}});
}

TEST_CASE("a fence of one thread does not cover the stores of the next") {
  const auto write = [](Execution& run, Checked::Word* words) {
    put(words[0], 1, kRelaxed);
    Checked::fence<kAny>(kRelease);
    run.hand_over(1);
    put(words[1], 1, kRelaxed);
  };
  CHECK(all_pairs(write, flag_then_message(kAcquire)).count({1, 0}) == 1);
}

TEST_CASE("what one thread tells another reaches the reader only when it was told in order") {
  // Thread 0 writes the message and tells thread 1 by words[0] itself; thread 1 raises the flag.
  const auto write = [](std::memory_order told, std::memory_order heard) {
    return [told, heard](Execution& run, Checked::Word* words) {
      put(words[0], 1, told);
      run.switch_to(1);
      get(words[0], heard);
      put(words[1], 1, kRelease);
    };
  };
  CHECK(all_pairs(write(kRelease, kAcquire), flag_then_message(kAcquire)).count({1, 0}) == 0);
  CHECK(all_pairs(write(kRelaxed, kAcquire), flag_then_message(kAcquire)).count({1, 0}) == 1);
  CHECK(all_pairs(write(kRelease, kRelaxed), flag_then_message(kAcquire)).count({1, 0}) == 1);
}

TEST_CASE("what happened before the reader's start cannot be missed") {
  const auto write = [](Execution& run, Checked::Word* words) {
    put(words[0], 1, kRelaxed);
    run.reader_starts_here();
    put(words[1], 1, kRelaxed);
  };
  CHECK(all_pairs(write, flag_then_message(kRelaxed)) == Pairs{{0, 1}, {1, 1}});
}
