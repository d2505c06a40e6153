// How an attribute's or gauge's C++ value becomes a typed 64-bit word.
//
// Pure; callable from anywhere.  One `if constexpr` ladder instead of overloads: those make size_t ambiguous
// and turn string literals into bool.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "looptape/core/layout.h"

namespace looptape::core {

template <class T>
concept TextValue = std::convertible_to<const T&, std::string_view>;

// A null pointer is the empty text.
template <TextValue T>
constexpr std::string_view value_text(const T& value) {
  if constexpr (std::is_null_pointer_v<T>) {
    return {};
  } else {
    if constexpr (std::is_pointer_v<T>) {
      if (value == nullptr) return {};
    }
    return value;
  }
}

template <class T>
concept NumberValue = std::is_arithmetic_v<std::remove_cvref_t<T>> || std::is_enum_v<std::remove_cvref_t<T>>;

template <class T>
constexpr ValueType value_type() {
  using V = std::remove_cvref_t<T>;
  static_assert(NumberValue<V>, "an attribute is a number, a bool, an enum or a text");
  if constexpr (std::is_same_v<V, bool>) {
    return ValueType::kBool;
  } else if constexpr (std::is_floating_point_v<V>) {
    return ValueType::kFloat;
  } else if constexpr (std::is_enum_v<V>) {
    return std::is_signed_v<std::underlying_type_t<V>> ? ValueType::kSigned : ValueType::kUnsigned;
  } else {
    return std::is_signed_v<V> ? ValueType::kSigned : ValueType::kUnsigned;
  }
}

template <class T>
constexpr std::uint64_t value_bits(T value) {
  if constexpr (value_type<T>() == ValueType::kFloat) {
    return std::bit_cast<std::uint64_t>(static_cast<double>(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? 1 : 0;
  } else if constexpr (value_type<T>() == ValueType::kSigned) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

}  // namespace looptape::core
