// A keyed hash for identifiers of people: equal ids stay comparable, the ids themselves are not kept.
//
// Pure; callable from anywhere.  SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace looptape::core {

std::uint64_t siphash(const std::array<std::uint64_t, 2>& key, std::string_view bytes) noexcept;

}  // namespace looptape::core
