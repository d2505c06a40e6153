// What stock `capnp decode` prints, taken apart: nothing of the project reads a tape here.
//
// Tests only; one thread.  Throws std::runtime_error on what it does not understand.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace looptape::dump::test {

// A struct has fields, a list has items, everything else is a text.
struct TextValue {
  std::string text;
  std::map<std::string, TextValue> fields;
  std::vector<TextValue> items;

  // An empty value for a field that is not printed.
  const TextValue& operator[](const std::string& name) const;
  bool has(const std::string& name) const { return fields.count(name) != 0; }
  std::uint64_t number() const;  // 0 for an empty value
  // Element `row` of a column, which may be left out: then `otherwise`.
  std::uint64_t at(const std::string& column, std::size_t row, std::uint64_t otherwise = 0) const;
  // The number in a low and a high column.
  std::uint64_t wide_at(const std::string& low, const std::string& high, std::size_t row) const {
    return at(low, row) | at(high, row) << 32;
  }
};

// Every message of the file, as `capnp decode SCHEMA Message` prints them.
std::vector<TextValue> stock_decode(const std::string& schema, const std::string& file);

}  // namespace looptape::dump::test
