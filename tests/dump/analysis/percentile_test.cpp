// Percentiles by nearest rank.
#include "dump/percentile.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

using looptape::dump::enough_for;
using looptape::dump::nearest_rank;
using looptape::dump::percentile;

TEST_CASE("the rank is the smallest whole number that is not below n times p") {
  for (std::uint64_t n = 1; n <= 3000; ++n) {
    for (const unsigned p : {1u, 500u, 900u, 950u, 990u, 999u, 1000u}) {
      const std::uint64_t k = nearest_rank(n, p);
      REQUIRE(k * 1000 >= n * p);
      REQUIRE((k - 1) * 1000 < n * p);
      REQUIRE(k <= n);
    }
  }
  CHECK(nearest_rank(20, 950) == 19);
  CHECK(nearest_rank(400, 950) == 380);
  CHECK(nearest_rank(~std::uint64_t{0}, 1000) == ~std::uint64_t{0});
}

TEST_CASE("fewer than 20 / (1 - p) values are not enough") {
  CHECK(!enough_for(39, 500));
  CHECK(enough_for(40, 500));
  CHECK(!enough_for(399, 950));
  CHECK(enough_for(400, 950));
  CHECK(!enough_for(1999, 990));
  CHECK(enough_for(2000, 990));
  CHECK(!enough_for(1'000'000, 1000));
}

TEST_CASE("a percentile is one of the values, or nothing") {
  std::vector<std::uint64_t> values(400);
  std::iota(values.begin(), values.end(), 1);
  CHECK(percentile(values, 950) == 380);
  CHECK(percentile(values, 500) == 200);
  CHECK(!percentile(values, 990).has_value());
  CHECK(!percentile({}, 500).has_value());
}
