// What model calls cost: a table of prices, and the cost of counts by it.
//
// Only counts are recorded; a cost is computed when somebody looks, so that old requests can be priced again with
// another table.  Money is an integer: pico-dollars, of which a price of six decimals per million tokens is a whole
// number per token; sums are exact in 128 bits.
//
// The table is text, one price a line, columns as the first line names them:
//
//   model,usage,usd_per_million,prompt_from,from,to
//   gpt-4o*,input,2.50,,2024-08-06,
//   gpt-4o*,cache_read,1.25,,2024-08-06,
//   gpt-4o-mini*,input,0.15,,,2025-07-01
//   gemini-pro,input,1.25,,,
//   gemini-pro,input,2.50,200000,,          # prompts of 200 000 tokens and more, all of their tokens
//
// `*` at the end of a model stands for anything.  Of several models that a name fits the longest counts, and it alone:
// a usage that it has no price for is not priced by another.  `from` is the first day (UTC), `to` the first day that it
// no longer holds; empty: always.  Blank lines, and what stands after `#`, mean nothing.
//
// Pure; any thread may read a table that nobody changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dump/usage.h"

namespace looptape::dump {

using PicoUsd = unsigned __int128;

// "0.02248625 USD": exact, with two decimals at least.
std::string usd_text(PicoUsd amount);

struct Cost {
  PicoUsd amount = 0;         // of what has a price
  std::uint8_t unpriced = 0;  // a bit for each usage kind that was used and has no price: never taken for free
  bool model_known = false;   // the table has the model at all
};

class PriceTable {
 public:
  // False: *problem says what is wrong, with its line, and the table is empty.  Two prices for the same thing at the
  // same time are refused, and so is a time or a size of prompt between two prices that has none.
  bool parse(std::string_view text, std::string* problem);

  // Pico-dollars for one; nothing: there is no price.  `day`: days since 1970-01-01 UTC.
  std::optional<std::uint64_t> price(std::string_view model, UsageKind kind, std::int64_t day,
                                     std::uint64_t prompt_tokens) const;
  Cost cost(std::string_view model, const Usage& usage, std::int64_t day) const;

 private:
  struct Row {
    std::string model;  // without the star
    bool prefix = false;
    UsageKind kind = UsageKind::input;
    std::uint64_t price = 0;  // pico-dollars for one
    std::uint64_t prompt_from = 0;
    std::int64_t from = 0, to = 0;  // days; to is the first that it does not hold
    std::size_t line = 0;
  };
  std::string read_row(std::string_view line, Row* row) const;
  std::string check() const;
  const Row* model_of(std::string_view name) const;

  std::vector<Row> rows_;  // sorted by model, kind, prompt_from, from
};

}  // namespace looptape::dump
