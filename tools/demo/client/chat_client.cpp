// See chat_client.h.

#include "tools/demo/client/chat_client.h"

#include <nlohmann/json.hpp>

#include "tools/demo/client/sse_parser.h"
#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

std::string request_body(const std::string& model, const std::vector<ChatMessage>& messages, std::size_t most_tokens) {
  Json list = Json::array();
  for (const ChatMessage& message : messages) {
    list.push_back({{"role", message.role}, {"content", message.content}});
  }
  const Json body = {{"model", model},   {"messages", list}, {"max_tokens", most_tokens},
                     {"temperature", 0}, {"stream", true},   {"stream_options", {{"include_usage", true}}}};
  return body.dump();
}

template <class T>
T value_or(const Json& object, const char* key, T otherwise) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return otherwise;
  try {
    return it->get<T>();
  } catch (const Json::exception&) {
    return otherwise;
  }
}

// Builds one completion from the events of its stream.
class CompletionReader {
 public:
  CompletionReader(Clock::time_point sent, const std::function<void()>& on_first_piece)
      : sent_(sent), on_first_piece_(on_first_piece) {}

  void event(std::string_view data) {
    if (done_ || !error_.empty()) return;
    if (data == "[DONE]") {
      done_ = true;
      return;
    }
    const Json json = Json::parse(data, nullptr, false);
    if (!json.is_object()) {
      error_ = "an event that is not a JSON object";
    } else if (json.contains("error")) {
      error_ = printable_utf8(json["error"].dump().substr(0, 200));
    } else {
      read(json);
    }
  }

  Outcome<ChatCompletion> result() && {
    if (error_.empty() && !done_) error_ = "the stream ended before its end mark";
    if (!error_.empty()) return Outcome<ChatCompletion>::failure(error_);
    return std::move(completion_);
  }

 private:
  void read(const Json& json) {
    completion_.model = value_or(json, "model", completion_.model);
    completion_.response_id = value_or(json, "id", completion_.response_id);
    const Json usage = value_or(json, "usage", Json::object());
    const auto read_count = [&usage](const char* name, std::optional<std::size_t>& count) {
      if (usage.is_object() && usage.contains(name) && usage[name].is_number_unsigned()) count = usage[name];
    };
    read_count("prompt_tokens", completion_.prompt_tokens);
    read_count("completion_tokens", completion_.completion_tokens);
    const Json choices = value_or(json, "choices", Json::array());
    if (!choices.is_array() || choices.empty() || !choices[0].is_object()) return;
    completion_.finish_reason = value_or(choices[0], "finish_reason", completion_.finish_reason);
    const Json delta = value_or(choices[0], "delta", Json::object());
    const std::string piece = value_or(delta, "content", std::string());
    if (piece.empty()) return;
    if (completion_.pieces++ == 0) {
      completion_.to_first_piece = Clock::now() - sent_;
      if (on_first_piece_) on_first_piece_();
    }
    completion_.text += piece;
  }

  Clock::time_point sent_;
  const std::function<void()>& on_first_piece_;
  ChatCompletion completion_;
  std::string error_;
  bool done_ = false;
};

}  // namespace

ChatClient::ChatClient(ModelProvider provider) : provider_(std::move(provider)), endpoint_(provider_.url) {}

Outcome<ChatCompletion> ChatClient::complete(const std::vector<ChatMessage>& messages, std::size_t most_tokens,
                                             const std::string& traceparent,
                                             const std::function<void()>& on_first_piece) {
  using Result = Outcome<ChatCompletion>;
  CompletionReader reader(Clock::now(), on_first_piece);
  SseParser parser([&reader](std::string_view data) { reader.event(data); });
  const auto reply = endpoint_.post_streaming(
      api_path(endpoint_, "chat/completions"), request_body(provider_.model, messages, most_tokens),
      provider_headers(provider_, traceparent), [&parser](std::string_view bytes) { parser.feed(bytes); });
  if (!reply) return Result::failure(reply.error());
  if (reply->status != 200) {
    return Result::failure("chat model answered " + std::to_string(reply->status) + ": " +
                           printable_utf8(reply->body.substr(0, 200)));
  }
  auto completion = std::move(reader).result();
  if (!completion) return Result::failure("chat model: " + completion.error());
  return completion;
}

}  // namespace looptape::tools::demo
