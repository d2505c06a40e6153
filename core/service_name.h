// What a service may be called: the one rule of recorders, which refuse other names, and of whoever makes a directory
// of a name that he found in a region.
//
// Pure; callable from anywhere.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace looptape::core {

constexpr std::size_t kServiceNameBytes = 63;  // what the region's header has room for, less its final zero

// ASCII alone, whatever the locale: the name becomes a directory.
constexpr bool service_name_is_legal(std::string_view name) {
  const auto legal = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kServiceNameBytes && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), legal);
}

}  // namespace looptape::core
