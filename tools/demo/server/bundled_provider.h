// Starts the bundled provider as a process of its own and tells where it listens.
//
// Used in `main`. The provider ends with the object, and with this process however that ends.

#pragma once

#include <string>
#include <vector>

#include "tools/demo/child_process.h"
#include "tools/demo/outcome.h"
#include "tools/demo/provider/provider_server.h"

namespace looptape::tools::demo {

struct BundledProvider {
  static constexpr const char* kChatModel = kBundledChatModel;

  // `program` is the path of ragdemo-provider.
  static Outcome<BundledProvider> start(const std::string& program, const std::vector<std::string>& options);

  ChildProcess process;
  std::string url;
};

// The port at the end of a line like "… listening on 127.0.0.1:8080"; 0 when there is none.
int port_in(const std::string& line);

}  // namespace looptape::tools::demo
