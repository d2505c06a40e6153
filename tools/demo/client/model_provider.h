// A model provider that speaks the OpenAI protocols: where it is, what to ask it for.
//
// A value; may be copied anywhere.

#pragma once

#include <string>

#include "tools/demo/client/http_endpoint.h"

namespace looptape::tools::demo {

struct ModelProvider {
  std::string url;  // scheme://host[:port], or with the path before /chat/completions
  std::string model;
  std::string api_key;  // empty: no Authorization header
};

// "/v1/chat/completions" for a bare url, "<its path>/chat/completions" for one with a path.
inline std::string api_path(const HttpEndpoint& endpoint, const std::string& method) {
  return (endpoint.base_path().empty() ? "/v1" : endpoint.base_path()) + "/" + method;
}

// `traceparent` may be empty.
inline HttpHeaders provider_headers(const ModelProvider& provider, const std::string& traceparent) {
  HttpHeaders headers;
  if (!provider.api_key.empty()) headers.emplace_back("Authorization", "Bearer " + provider.api_key);
  if (!traceparent.empty()) headers.emplace_back("traceparent", traceparent);
  return headers;
}

}  // namespace looptape::tools::demo
