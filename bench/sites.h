// Sixty-four call sites, each with a name of its own, one after the other in straight code.
//
// Used by the benchmarks only.  One site in a loop would sit in the fastest caches and in one branch predictor entry;
// a server has many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "looptape/core/site.h"

namespace looptape::bench {

inline constexpr std::size_t kSites = 64;
inline constexpr unsigned kRounds = 33;  // of all sites in a batch: more records than a chunk of 32 KiB holds
inline constexpr unsigned kBatch = kSites * kRounds;

template <std::size_t I>
struct SiteText {
  static constexpr char text[7] = {'s', 'i', 't', 'e', '0' + I / 10, '0' + I % 10, '\0'};
};
template <std::size_t I>
inline constexpr core::Literal<7> kSiteName{SiteText<I>::text};

// Calls body.template operator()<0>() … <63>(), kRounds times.
template <class Body>
[[gnu::always_inline]] inline void at_every_site(Body body, unsigned rounds = kRounds) {
  for (unsigned round = 0; round < rounds; ++round) {
    [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
      (body.template operator()<I>(), ...);
    }
    (std::make_index_sequence<kSites>{});
  }
}

}  // namespace looptape::bench
