// Text made by the rules of printf, as long as it gets.
//
// Pure; ordinary threads only (allocates); never on the request path.
#pragma once

#include <string>

namespace looptape::core {

// Empty when the arguments cannot be printed.  The compiler checks them against the format.
[[gnu::format(printf, 1, 2)]] std::string printed(const char* format, ...);

}  // namespace looptape::core
