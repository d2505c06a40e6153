// What failed on what.
//
// Values; any thread.
#pragma once

#include <cstring>
#include <string>

namespace looptape::dump {

// False when nothing failed.
struct IoError {
  int code = 0;      // errno, or -1 where there is none
  std::string what;  // one line for people
  explicit operator bool() const { return code != 0; }
};

inline std::string because(const std::string& what, int code) { return what + ": " + std::strerror(code); }

}  // namespace looptape::dump
