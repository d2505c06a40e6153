// The questions the driver asks: about the libraries and documents every machine with this project has.
//
// Pure functions: any thread may call them. The same arguments give the same questions.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace looptape::tools::demo {

struct Ask {
  std::string question;
  std::string tenant;
  std::string session;
};

// One client's share of everyday traffic: conversations of a question and sometimes a follow-up, drawn
// from a few dozen questions that come again and again.
std::vector<Ask> everyday_asks(std::size_t client, std::size_t count);

// Questions that no one has asked before: each names another function and another aspect of it.
// `first` is how many were drawn before.
std::vector<Ask> distinct_asks(std::size_t first, std::size_t count);

}  // namespace looptape::tools::demo
