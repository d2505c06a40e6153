// Prices and costs, to the pico-dollar.
#include "dump/price_table.h"

#include <catch2/catch.hpp>

using namespace looptape::dump;

namespace {

const std::string kHead = "model,usage,usd_per_million,prompt_from,from,to\n";
constexpr std::int64_t kDay = 20'000;  // 2024-10-04

PriceTable table(const std::string& rows) {
  PriceTable prices;
  std::string problem;
  INFO(rows);
  const bool read = prices.parse(kHead + rows, &problem);
  INFO(problem);
  REQUIRE(read);
  return prices;
}

std::string refused(const std::string& rows, bool head = true) {
  PriceTable prices;
  std::string problem;
  CHECK_FALSE(prices.parse((head ? kHead : "") + rows, &problem));
  CHECK_FALSE(prices.price("m", UsageKind::input, kDay, 0).has_value());  // nothing of it counts
  return problem;
}

Usage used(std::initializer_list<std::pair<UsageKind, std::uint64_t>> counts) {
  Usage usage;
  for (const auto& [kind, count] : counts) usage.set(kind, count);
  return usage;
}

}  // namespace

TEST_CASE("a prompt that was mostly cached costs what its disjoint counts cost, not the whole and the part") {
  const PriceTable prices = table("m,input,2.50,,,\nm,cache_read,1.25,,,\n");
  const auto usage = disjoint({.prompt = 17'903, .cached = 17'817});
  REQUIRE(usage);
  CHECK(usage->get(UsageKind::input) == 86u);
  CHECK(usage->get(UsageKind::cache_read) == 17'817u);
  CHECK_FALSE(usage->get(UsageKind::output).has_value());
  const Cost cost = prices.cost("m", *usage, kDay);
  CHECK(usd_text(cost.amount) == "0.02248625 USD");
  CHECK(cost.unpriced == 0);
}

TEST_CASE("counts that contradict each other are not guessed") {
  CHECK_FALSE(disjoint({.prompt = 10, .cached = 11}).has_value());
  CHECK_FALSE(disjoint({.prompt = 10, .cached = 6, .written = 5}).has_value());
  CHECK_FALSE(disjoint({.cached = 1}).has_value());
  CHECK_FALSE(disjoint({.completion = 3, .reasoning = 4}).has_value());
  CHECK_FALSE(disjoint({.reasoning = 4}).has_value());
  CHECK(disjoint({}) == Usage());
  CHECK(disjoint({.prompt = 10, .cached = 6, .written = 4, .completion = 5, .reasoning = 5}) ==
        used({{UsageKind::input, 0},
              {UsageKind::cache_read, 6},
              {UsageKind::cache_write, 4},
              {UsageKind::output, 0},
              {UsageKind::reasoning, 5}}));
}

TEST_CASE("the longest model that fits a name counts, and it alone") {
  const PriceTable prices = table(
      "gpt*,input,9,,,\n"
      "gpt*,output,9,,,\n"
      "gpt-4o*,input,2.50,,,\n"
      "gpt-4o,input,7,,,\n");
  const auto input = [&](const char* model) { return prices.price(model, UsageKind::input, kDay, 0); };
  CHECK(input("gpt-3.5") == 9'000'000u);
  CHECK(input("gpt-4o-mini") == 2'500'000u);
  CHECK(input("gpt-4o") == 7'000'000u);  // the name itself before what begins with it
  CHECK_FALSE(input("gemini").has_value());
  CHECK_FALSE(prices.price("gpt-4o-mini", UsageKind::output, kDay, 0).has_value());  // not gpt*'s
}

TEST_CASE("what has no price is told and never taken for free") {
  const PriceTable prices = table("m,input,1,,,\n");
  const Usage usage = used({{UsageKind::input, 5}, {UsageKind::output, 7}, {UsageKind::reasoning, 0}});
  const Cost cost = prices.cost("m", usage, kDay);
  CHECK(cost.amount == 5'000'000);
  CHECK(cost.unpriced == 1u << static_cast<unsigned>(UsageKind::output));  // and not of reasoning, which is none
  CHECK(cost.model_known);
  const Cost unknown = prices.cost("another", usage, kDay);
  CHECK(unknown.amount == 0);
  CHECK_FALSE(unknown.model_known);
  CHECK(unknown.unpriced == (1u << static_cast<unsigned>(UsageKind::input) | cost.unpriced));
}

TEST_CASE("prices change by day, and with the size of the prompt") {
  const PriceTable prices = table(
      "m,input,4,,2024-10-05,   # dearer from then on\n"
      "m,input,2,,,2024-10-05\n"
      "\n"
      "m,input,8,200000,2024-10-05,\r\n");
  const auto at = [&](std::int64_t day, std::uint64_t prompt) {
    return prices.price("m", UsageKind::input, day, prompt);
  };
  CHECK(at(kDay, 10) == 2'000'000u);
  CHECK(at(kDay + 1, 10) == 4'000'000u);
  CHECK(at(kDay + 1, 199'999) == 4'000'000u);
  CHECK(at(kDay + 1, 200'000) == 8'000'000u);
  CHECK(at(kDay, 200'000) == 2'000'000u);
  // All of the prompt's tokens choose, those of a cache too; all of the input is charged by it.
  CHECK(prices.cost("m", used({{UsageKind::input, 150'000}, {UsageKind::cache_read, 50'000}}), kDay + 1).amount ==
        PicoUsd{8'000'000} * 150'000);
}

TEST_CASE("a table that contradicts itself, or leaves something out, is refused by line") {
  CHECK(refused("m,input,1,,,\nm,input,2,,,\n") == "line 3: is a second price for what line 2 has one for");
  CHECK(refused("m,input,1,,,2024-02-01\nm,input,2,,2024-01-31,\n").starts_with("line 3: is a second price"));
  CHECK(refused("m,input,1,,,2024-02-01\nm,input,2,,2024-02-03,\n") ==
        "line 3: leaves no price from 2024-02-01, where line 2 ends, to 2024-02-03");
  CHECK(refused("m,input,1,1000,,\n") == "line 2: leaves no price for prompts of less than 1000 tokens at that time");
  CHECK(refused("m,input,1,,2024-01-01,\nm,input,1,1000,,\n").starts_with("line 3: leaves no price for prompts"));
  CHECK(refused("m,output,1,,,\nm,input,1,1000,,\n").starts_with("line 3: leaves no price for prompts"));
  CHECK(refused("m,input,1,,2024-01-02,2024-01-02\n") == "line 2: ends before it begins");
  CHECK(refused("m,inputs,1,,,\n").starts_with("line 2: 'inputs' is no usage; there are input, cache_read"));
  for (const char* price : {"", "-1", "1.0000001", "1e3", "1,5", "1000000", ".5", "1.", "one", " "})
    CHECK(refused("m,input," + std::string(price) + ",,,\n").starts_with("line 2: "));
  for (const char* day : {"2024-13-01", "2024-02-30", "24-01-01", "2024-1-1", "today"})
    CHECK(refused("m,input,1,," + std::string(day) + ",\n").ends_with("is no day, as 2026-11-24"));
  CHECK(refused("m,input,1,many,,\n").ends_with("is no number of prompt tokens"));
  CHECK(refused(",input,1,,,\n").starts_with("line 2: names no model"));
  CHECK(refused("a*b,input,1,,,\n").starts_with("line 2: * stands at the end"));
  CHECK(refused("m,input,1\n").starts_with("line 2: has 3 fields"));
  CHECK(refused("m,input,1,,,\n", false).starts_with("line 1: the first line has to be model,usage"));
  PriceTable empty;
  std::string problem;
  CHECK(empty.parse("", &problem));
  CHECK(empty.parse(kHead, &problem));
}

TEST_CASE("sums of money are exact beyond 64 bits") {
  const PriceTable prices = table("*,input,999999.999999,,,\n");
  const Cost cost = prices.cost("any", used({{UsageKind::input, ~std::uint64_t{0}}}), kDay);
  CHECK(usd_text(cost.amount) == "18446744073691104870.926290448385 USD");
  CHECK(usd_text(0) == "0.00 USD");
  CHECK(usd_text(1) == "0.000000000001 USD");
  CHECK(usd_text(PicoUsd{60} * 1'000'000'000'000) == "60.00 USD");
}
