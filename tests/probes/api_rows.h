// What tests of the API ask of decoded rows.
//
// Pure; throws when something is not there.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/dump/snapshot/running_engine.h"

namespace looptape::dump::testing {

inline std::vector<Rows::Attribute> of_request(const Rows& rows, std::uint64_t number) {
  std::vector<Rows::Attribute> found;
  for (const Rows::Attribute& attribute : rows.attributes)
    if (attribute.request == number) found.push_back(attribute);
  return found;
}

inline Rows::Attribute attribute(const std::vector<Rows::Attribute>& attributes, const std::string& key) {
  for (const Rows::Attribute& one : attributes)
    if (one.name == key) return one;
  throw std::runtime_error("no attribute " + key);
}

inline std::string text_of(const std::vector<Rows::Attribute>& attributes, const std::string& key) {
  for (const Rows::Attribute& attribute : attributes)
    if (attribute.name == key) return attribute.stored;
  return "not there";
}

inline std::string hex(const std::string& bytes) {
  std::string text;
  for (const unsigned char c : bytes) {
    text += "0123456789abcdef"[c >> 4];
    text += "0123456789abcdef"[c & 15];
  }
  return text;
}

inline std::uint64_t end_of(const Rows::Stage& stage) { return stage.start + stage.duration; }

}  // namespace looptape::dump::testing
