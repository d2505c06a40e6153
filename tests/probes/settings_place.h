// The environment that settings are resolved in, and what is said of them.
//
// One thread; changes this process's environment for as long as an Environment lives.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <string>

#include "probes/settings_resolve.h"

namespace looptape::testing {

// Environment variables of one test.
class Environment {
 public:
  using Variables = std::map<std::string, std::string>;
  explicit Environment(const Variables& variables) : variables_(variables) {
    for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : variables_) ::unsetenv(name.c_str());
  }

 private:
  Variables variables_;
};

inline Settings good() {
  Settings settings;
  settings.service = "answers";
  return settings;
}

// The only problem with `settings`.
inline std::string problem_of(const Settings& settings) {
  const ResolvedSettings resolved = resolve_settings(settings);
  REQUIRE(resolved.problems.size() == 1);
  return resolved.problems[0];
}

inline std::string problem_of(const char* variable, const char* value) {
  const Environment environment(Environment::Variables{{variable, value}});
  return problem_of(good());
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace looptape::testing
