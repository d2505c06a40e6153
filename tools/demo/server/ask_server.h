// ragdemo's HTTP server: POST /ask and GET /healthz.
//
// `listen` serves on threads of its own until `stop`, which any thread may call.

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "tools/demo/outcome.h"
#include "tools/demo/pipeline/pipeline.h"

namespace looptape::tools::demo {

class AskServer {
 public:
  AskServer(Pipeline& pipeline, std::size_t chunks, std::size_t threads);
  AskServer(const AskServer&) = delete;
  AskServer& operator=(const AskServer&) = delete;
  ~AskServer();

  // The port that was bound. `port` 0 takes a free one.
  Outcome<int> bind(const std::string& host, int port);
  void listen();
  void stop();

 private:
  struct Private;
  std::unique_ptr<Private> private_;
};

}  // namespace looptape::tools::demo
