// Asks a chat model for a completion over HTTP and reads it as it streams in.
//
// Any thread may call `complete`, several at once. A reply that is not understood, an error inside
// the stream and a stream that ends without its end mark are failures, never a short answer.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/demo/client/http_endpoint.h"
#include "tools/demo/client/model_provider.h"
#include "tools/demo/outcome.h"

namespace looptape::tools::demo {

struct ChatMessage {
  std::string role;  // "system", "user", "assistant"
  std::string content;
};

struct ChatCompletion {
  std::string text;
  std::string model;  // that answered
  std::string response_id;
  std::string finish_reason;
  std::optional<std::size_t> prompt_tokens, completion_tokens;  // as the provider counts them; none: it said nothing
  std::size_t pieces = 0;                                       // parts the text came in
  std::chrono::nanoseconds to_first_piece{0};
};

class ChatClient {
 public:
  explicit ChatClient(ModelProvider provider);

  // `on_first_piece` is called once, when the first text has arrived.
  Outcome<ChatCompletion> complete(const std::vector<ChatMessage>& messages, std::size_t most_tokens,
                                   const std::string& traceparent, const std::function<void()>& on_first_piece);

  const ModelProvider& provider() const { return provider_; }

 private:
  ModelProvider provider_;
  HttpEndpoint endpoint_;
};

}  // namespace looptape::tools::demo
