// The bundled provider's HTTP server: /v1/chat/completions and /v1/embeddings, at a model's pace.
//
// `listen` serves on threads of its own until `stop`, which any thread may call.

#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "tools/demo/outcome.h"

namespace looptape::tools::demo {

// What its chat model is called.
inline constexpr const char* kBundledChatModel = "extractive-1";

struct ProviderSettings {
  int port = 0;  // 0: one that is free
  std::chrono::milliseconds first_token{60};
  std::chrono::microseconds per_token{2500};
  std::chrono::milliseconds embedding{80};  // for each text
  std::size_t embedding_lanes = 1;          // texts embedded at the same time
  std::size_t threads = 128;
};

class ProviderServer {
 public:
  explicit ProviderServer(const ProviderSettings& settings);
  ProviderServer(const ProviderServer&) = delete;
  ProviderServer& operator=(const ProviderServer&) = delete;
  ~ProviderServer();

  // Binds to 127.0.0.1: the port that was bound.
  Outcome<int> bind();
  void listen();
  void stop();

 private:
  struct Private;
  std::unique_ptr<Private> private_;
};

}  // namespace looptape::tools::demo
