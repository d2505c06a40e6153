// A value or the reason why there is none: how the demo's fallible functions answer.
//
// Holds no resource of its own; as safe to share between threads as the value in it.

#pragma once

#include <optional>
#include <string>
#include <utility>

namespace looptape::tools::demo {

template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : value_(std::move(value)) {}  // NOLINT: returning a value is the common case

  static Outcome failure(std::string what) {
    Outcome result;
    result.error_ = std::move(what);
    return result;
  }

  explicit operator bool() const { return value_.has_value(); }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

  // What failed on what; empty when there is a value.
  const std::string& error() const { return error_; }

 private:
  Outcome() = default;

  std::optional<T> value_;
  std::string error_;
};

}  // namespace looptape::tools::demo
