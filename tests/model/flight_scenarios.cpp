// What a reader may make of an in-flight entry that changes hands while it reads.  Tests only.
#include "looptape/core/flight.h"

#include "tests/model/scenarios.h"

namespace looptape::model {

using namespace core;

namespace {

constexpr std::uint64_t kRequests = 3;

// Word `i` of request `number`'s entry; only words low .. high - 1 tell one request from another.
std::uint64_t word_of(std::uint64_t number, std::size_t i, std::size_t low, std::size_t high) {
  return 100 * i + (i >= low && i < high ? number : 0);
}

Outcome requests(std::size_t low, std::size_t high, Mutant mutant) {
  return explore(
      flight::kWords, mutant,
      [&](Execution& run, Checked::Word* entry) {
        for (std::uint64_t number = 1; number <= kRequests; ++number) {
          run.hand_over(static_cast<unsigned>(number % 2));
          std::uint64_t words[flight::kWords];
          words[flight::kNumber] = number;
          for (std::size_t i = 1; i < flight::kWords; ++i) words[i] = word_of(number, i, low, high);
          publish_flight<Checked>(entry, words);
          clear_flight<Checked>(entry);
        }
      },
      [&](const Checked::Word* entry) -> const char* {
        std::uint64_t out[flight::kWords];
        if (!read_flight<Checked>(entry, out)) return nullptr;
        for (std::size_t i = 1; i < flight::kWords; ++i)
          if (out[i] != word_of(out[flight::kNumber], i, low, high)) return property::kOneRequest;
        return nullptr;
      });
}

}  // namespace

Outcome requests_in_flight(Mutant mutant) {
  constexpr std::size_t kAtATime = 6;
  Outcome all;
  for (std::size_t low = 1; low < flight::kWords; low += kAtATime) all = all + requests(low, low + kAtATime, mutant);
  return all;
}

}  // namespace looptape::model
