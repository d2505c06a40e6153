// See provider_server.h.

#include "tools/demo/provider/provider_server.h"

#include <httplib.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tools/demo/index/embedder.h"
#include "tools/demo/listening.h"
#include "tools/demo/provider/extract.h"
#include "tools/demo/provider/pace.h"
#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostTokens = 256;

void fail(httplib::Response& response, int status, const std::string& message) {
  response.status = status;
  const Json body = {{"error", {{"message", message}, {"type", "invalid_request_error"}}}};
  response.set_content(body.dump(), "application/json");
}

struct ChatCall {
  std::string id;
  std::string model;
  std::string answer;
  std::size_t prompt_tokens = 0;
  bool usage_wanted = false;
  bool stream = false;

  Json usage() const {
    const std::size_t completion = count_tokens(answer);
    return {{"prompt_tokens", prompt_tokens},
            {"completion_tokens", completion},
            {"total_tokens", prompt_tokens + completion}};
  }

  Json part(const char* object, Json choices) const {
    return {{"id", id}, {"object", object}, {"model", model}, {"choices", std::move(choices)}};
  }
};

// Throws Json::exception when the request is not what the protocol says.
ChatCall chat_call(const std::string& body, const std::string& id) {
  const Json json = Json::parse(body);
  ChatCall call;
  call.id = id;
  call.model = json.value("model", kBundledChatModel);
  call.stream = json.value("stream", false);
  call.usage_wanted = json.contains("stream_options") && json["stream_options"].value("include_usage", false);
  std::string last_user_message;
  for (const Json& message : json.at("messages")) {
    const auto content = message.at("content").get<std::string>();
    call.prompt_tokens += count_tokens(content);
    if (message.at("role") == "user") last_user_message = content;
  }
  const std::size_t wanted = json.value("max_tokens", kMostTokens);
  call.answer = printable_utf8(extract_answer(last_user_message, std::min(wanted, kMostTokens)));
  return call;
}

// The answer cut after every word: what a model would send piece by piece.
std::vector<std::string> pieces_of(const std::string& answer) {
  std::vector<std::string> pieces;
  std::size_t begin = 0;
  while (begin < answer.size()) {
    const std::size_t blank = answer.find(' ', begin + 1);
    const std::size_t end = std::min(blank, answer.size());
    pieces.push_back(answer.substr(begin, end - begin));
    begin = end;
  }
  return pieces;
}

}  // namespace

struct ProviderServer::Private {
  explicit Private(const ProviderSettings& with) : settings(with), embedding_capacity(with.embedding_lanes) {}

  void answer_chat(const httplib::Request& request, httplib::Response& response);
  void answer_embeddings(const httplib::Request& request, httplib::Response& response);
  bool stream(const ChatCall& call, httplib::DataSink& sink) const;

  ProviderSettings settings;
  PacedCapacity embedding_capacity;
  std::atomic<std::uint64_t> calls{0};
  httplib::Server server;
  Listening listening;
};

bool ProviderServer::Private::stream(const ChatCall& call, httplib::DataSink& sink) const {
  const auto send = [&](const std::string& data) {
    const std::string event = "data: " + data + "\n\n";
    return sink.write(event.data(), event.size());
  };
  // Due times follow from the first one: a late wake-up does not slow the whole answer.
  auto due = Clock::now() + settings.first_token;
  for (const std::string& piece : pieces_of(call.answer)) {
    std::this_thread::sleep_until(due);
    const Json choices = {{{"index", 0}, {"delta", {{"content", piece}}}, {"finish_reason", nullptr}}};
    if (!send(call.part("chat.completion.chunk", choices).dump())) return false;
    due += settings.per_token * static_cast<std::int64_t>(count_tokens(piece));
  }
  const Json end = {{{"index", 0}, {"delta", Json::object()}, {"finish_reason", "stop"}}};
  if (!send(call.part("chat.completion.chunk", end).dump())) return false;
  if (call.usage_wanted) {
    Json usage = call.part("chat.completion.chunk", Json::array());
    usage["usage"] = call.usage();
    if (!send(usage.dump())) return false;
  }
  if (!send("[DONE]")) return false;
  sink.done();
  return true;
}

void ProviderServer::Private::answer_chat(const httplib::Request& request, httplib::Response& response) {
  ChatCall call;
  try {
    call = chat_call(request.body, "chatcmpl-" + std::to_string(++calls));
  } catch (const Json::exception& error) {
    return fail(response, 400, error.what());
  }
  if (call.stream) {
    response.set_chunked_content_provider(
        "text/event-stream", [this, call](std::size_t, httplib::DataSink& sink) { return stream(call, sink); });
    return;
  }
  const auto tokens = static_cast<std::int64_t>(count_tokens(call.answer));
  std::this_thread::sleep_for(settings.first_token + settings.per_token * tokens);
  const Json choices = {
      {{"index", 0}, {"message", {{"role", "assistant"}, {"content", call.answer}}}, {"finish_reason", "stop"}}};
  Json body = call.part("chat.completion", choices);
  body["usage"] = call.usage();
  response.set_content(body.dump(), "application/json");
}

void ProviderServer::Private::answer_embeddings(const httplib::Request& request, httplib::Response& response) {
  std::vector<std::string> texts;
  try {
    const Json input = Json::parse(request.body).at("input");
    if (input.is_string()) {
      texts.push_back(input.get<std::string>());
    } else {
      texts = input.get<std::vector<std::string>>();
    }
  } catch (const Json::exception& error) {
    return fail(response, 400, error.what());
  }
  embedding_capacity.take(settings.embedding * static_cast<std::int64_t>(texts.size()));
  Json rows = Json::array();
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    tokens += count_tokens(texts[i]);
    rows.push_back({{"object", "embedding"}, {"index", i}, {"embedding", text_vector(texts[i])}});
  }
  const Json body = {{"object", "list"},
                     {"model", BundledEmbedder::kModel},
                     {"data", rows},
                     {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}};
  response.set_content(body.dump(), "application/json");
}

ProviderServer::ProviderServer(const ProviderSettings& settings) : private_(std::make_unique<Private>(settings)) {
  httplib::Server& server = private_->server;
  const std::size_t threads = settings.threads;
  // Every kept-alive connection holds a thread in this library; most of them sleep.
  server.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000);
  // How long an idle connection may hold its thread, and with it the end of the server.
  server.set_keep_alive_timeout(1);
  server.Post("/v1/chat/completions",
              [this](const auto& request, auto& response) { private_->answer_chat(request, response); });
  server.Post("/v1/embeddings",
              [this](const auto& request, auto& response) { private_->answer_embeddings(request, response); });
  answer_without_body(server, [](const auto& request, auto& response) {
    const bool known = request.path == "/v1/chat/completions" || request.path == "/v1/embeddings";
    if (!known || request.method != "POST") return fail(response, 404, "there is nothing here");
    fail(response, 400, "the request has no body");
  });
  server.Get("/healthz",
             [](const auto&, auto& response) { response.set_content("{\"status\":\"ok\"}", "application/json"); });
}

ProviderServer::~ProviderServer() = default;

Outcome<int> ProviderServer::bind() {
  const auto bound = bind_for_bursts(private_->server, "127.0.0.1", private_->settings.port);
  if (!bound) return Outcome<int>::failure(bound.error());
  private_->listening = *bound;
  return private_->listening.port;
}

void ProviderServer::listen() { private_->server.listen_after_bind(); }

void ProviderServer::stop() { stop_listening(private_->server, private_->listening); }

}  // namespace looptape::tools::demo
