// See embedding_client.h.

#include "tools/demo/client/embedding_client.h"

#include <nlohmann/json.hpp>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

using Json = nlohmann::json;

// Throws Json::exception when the reply is not what the protocol says.
Embeddings parsed(const std::string& body, std::size_t expected) {
  const Json json = Json::parse(body);
  Embeddings result;
  result.vectors.resize(expected);
  for (const Json& row : json.at("data")) {
    const auto index = row.at("index").get<std::size_t>();
    result.vectors.at(index) = row.at("embedding").get<Vector>();
    normalise(result.vectors[index]);
  }
  if (json.contains("usage") && json["usage"].contains("prompt_tokens")) {
    result.tokens = json["usage"]["prompt_tokens"].get<std::size_t>();
  }
  return result;
}

bool all_alike(const std::vector<Vector>& vectors) {
  for (const Vector& vector : vectors) {
    if (vector.empty() || vector.size() != vectors.front().size()) return false;
  }
  return true;
}

}  // namespace

EmbeddingClient::EmbeddingClient(ModelProvider provider) : provider_(std::move(provider)), endpoint_(provider_.url) {}

Outcome<Embeddings> EmbeddingClient::request(std::span<const std::string> texts, const std::string& traceparent) {
  using Result = Outcome<Embeddings>;
  const Json body = {{"model", provider_.model}, {"input", std::vector<std::string>(texts.begin(), texts.end())}};
  const auto reply =
      endpoint_.post(api_path(endpoint_, "embeddings"), body.dump(), provider_headers(provider_, traceparent));
  if (!reply) return Result::failure(reply.error());
  if (reply->status != 200) {
    return Result::failure("embedding model answered " + std::to_string(reply->status) + ": " +
                           printable_utf8(reply->body.substr(0, 200)));
  }
  try {
    Embeddings embeddings = parsed(reply->body, texts.size());
    if (all_alike(embeddings.vectors)) return embeddings;
    return Result::failure("embedding model: vectors missing or of different sizes");
  } catch (const std::exception& error) {
    return Result::failure(std::string("embedding model: ") + error.what());
  }
}

Outcome<std::vector<Vector>> EmbeddingClient::embed(std::span<const std::string> texts) {
  auto embeddings = request(texts, {});
  if (!embeddings) return Outcome<std::vector<Vector>>::failure(embeddings.error());
  return std::move(embeddings->vectors);
}

}  // namespace looptape::tools::demo
