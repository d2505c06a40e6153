// See bundled_provider.h.

#include "tools/demo/server/bundled_provider.h"

#include <cstdlib>
#include <utility>

namespace looptape::tools::demo {

int port_in(const std::string& line) {
  const std::size_t colon = line.rfind(':');
  return colon == std::string::npos ? 0 : std::atoi(line.c_str() + colon + 1);
}

Outcome<BundledProvider> BundledProvider::start(const std::string& program, const std::vector<std::string>& options) {
  std::vector<std::string> arguments{program, "--with-parent"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  auto process = ChildProcess::start(arguments, true);
  if (!process) return Outcome<BundledProvider>::failure(process.error());
  const int port = port_in(process->first_line());
  if (port == 0) {
    return Outcome<BundledProvider>::failure(program + ": ended without listening");
  }
  return BundledProvider{std::move(*process), "http://127.0.0.1:" + std::to_string(port)};
}

}  // namespace looptape::tools::demo
