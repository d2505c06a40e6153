// Numbers as 16 lower-case hex digits.
//
// Pure, noexcept; any thread, signal handlers too.
#pragma once

#include <cstdint>

namespace looptape::core {

inline void put_hex(char* out, std::uint64_t value) noexcept {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (unsigned i = 0; i < 16; ++i) out[i] = kDigits[value >> (60 - 4 * i) & 15];
}

}  // namespace looptape::core
