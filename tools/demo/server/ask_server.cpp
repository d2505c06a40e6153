// See ask_server.h.

#include "tools/demo/server/ask_server.h"

#include <httplib.h>
#include <looptape/looptape.h>

#include <atomic>
#include <mutex>
#include <variant>

#include "tools/demo/listening.h"
#include "tools/demo/server/ask_request.h"

namespace looptape::tools::demo {
namespace {

constexpr std::size_t kLargestBody = 64U << 10;
constexpr const char* kJson = "application/json";

void set_error(httplib::Response& response, const ApiError& error) {
  response.status = error.status;
  response.set_content(error_json(error), kJson);
}

// For what the library refuses by itself: no such path, wrong method, body too large.
ApiError refusal(const httplib::Request& request, int status) {
  if (status == 413) return {413, "too_large", "the body is larger than 64 KiB"};
  if (status == 404 && (request.path == "/ask" || request.path == "/healthz")) {
    return {405, "wrong_method", "POST /ask and GET /healthz are understood"};
  }
  if (status == 404) return {404, "no_such_path", "POST /ask and GET /healthz are understood"};
  return {status, "refused", "the request was not understood"};
}

// The library starts its threads by itself; each is named when it first answers.
void name_this_thread() {
  thread_local const bool named = (looptape::name_thread("http"), true);
  static_cast<void>(named);
}

}  // namespace

struct AskServer::Private {
  explicit Private(Pipeline& with) : pipeline(with) {}

  std::string request_id(const looptape::Request& request);
  void answer_ask(const httplib::Request& request, httplib::Response& response);

  Pipeline& pipeline;
  std::atomic<std::uint64_t> unrecorded{0};
  void count_running(int step);

  std::mutex running_mutex;
  int running = 0;  // guarded by it: what the gauge shows last is true
  httplib::Server server;
  Listening listening;
};

// The recorder's number, so that a complaint finds its recording; else one that says that there is none.
std::string AskServer::Private::request_id(const looptape::Request& request) {
  if (request.number() != 0) return std::to_string(request.number());
  return "unrecorded-" + std::to_string(++unrecorded);
}

void AskServer::Private::count_running(int step) {
  const std::lock_guard lock(running_mutex);
  looptape::Gauge<"asks_running">::set(running += step);
}

void AskServer::Private::answer_ask(const httplib::Request& http, httplib::Response& response) {
  const auto parsed = parse_ask(http.body);
  if (const auto* error = std::get_if<ApiError>(&parsed)) return set_error(response, *error);
  const Question& question = std::get<Question>(parsed);
  name_this_thread();
  looptape::Request request{{.kind = "ask",
                             .tenant = question.tenant,
                             .session = question.session,
                             .parent = Context::parse(http.get_header_value("traceparent"))}};
  const std::string id = request_id(request);
  response.set_header("X-Request-Id", id);
  if (!request.traceparent().empty()) response.set_header("traceparent", request.traceparent().c_str());
  count_running(1);
  const auto answer = pipeline.ask(question, request.context());
  count_running(-1);
  if (!answer) {
    request.fail();
    return set_error(response, {502, "upstream_failed", answer.error()});
  }
  const std::string body = answer_json(*answer, question, id);
  request.set<"answer_bytes">(body.size());
  response.set_content(body, kJson);
}

AskServer::AskServer(Pipeline& pipeline, std::size_t chunks, std::size_t threads)
    : private_(std::make_unique<Private>(pipeline)) {
  httplib::Server& server = private_->server;
  server.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000);
  // How long an idle connection may hold its thread, and with it the end of the server.
  server.set_keep_alive_timeout(1);
  server.set_payload_max_length(kLargestBody);
  server.Post("/ask", [this](const auto& request, auto& response) { private_->answer_ask(request, response); });
  const std::string health = "{\"status\": \"ok\", \"chunks\": " + std::to_string(chunks) + "}\n";
  server.Get("/healthz", [health](const auto&, auto& response) { response.set_content(health, kJson); });
  answer_without_body(server, [this](const auto& request, auto& response) {
    if (request.method == "POST" && request.path == "/ask") return private_->answer_ask(request, response);
    set_error(response, refusal(request, 404));
  });
  server.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    if (response.body.empty()) set_error(response, refusal(request, response.status));
  });
}

AskServer::~AskServer() = default;

Outcome<int> AskServer::bind(const std::string& host, int port) {
  const auto bound = bind_for_bursts(private_->server, host, port);
  if (!bound) return Outcome<int>::failure(bound.error());
  private_->listening = *bound;
  return private_->listening.port;
}

void AskServer::listen() { private_->server.listen_after_bind(); }

void AskServer::stop() { stop_listening(private_->server, private_->listening); }

}  // namespace looptape::tools::demo
