// See http_endpoint.h.

#include "tools/demo/client/http_endpoint.h"

#include <httplib.h>

#include <algorithm>
#include <cctype>
#include <chrono>

namespace looptape::tools::demo {

constexpr int kConnectSeconds = 5;

class HttpEndpoint::Connection {
 public:
  Connection(const std::string& origin, int timeout_seconds) : client(origin) {
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    client.set_connection_timeout(kConnectSeconds);
    client.set_read_timeout(timeout_seconds);
    client.set_write_timeout(timeout_seconds);
  }
  httplib::Client client;
  bool used = false;
};

namespace {

HttpReply reply_of(const httplib::Response& response) {
  HttpReply reply;
  reply.status = response.status;
  reply.body = response.body;
  for (const auto& [name, value] : response.headers) reply.headers.emplace_back(name, value);
  return reply;
}

bool same_in_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

httplib::Request post_request(const std::string& path, const std::string& json, const HttpHeaders& headers) {
  httplib::Request request;
  request.method = "POST";
  request.path = path;
  request.body = json;
  request.set_header("Content-Type", "application/json");
  for (const auto& [name, value] : headers) request.set_header(name, value);
  return request;
}

// The library says one word and keeps the system's to itself.
std::string reason_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "cannot connect: no such host, or nothing listens there";
    case httplib::Error::ConnectionTimeout:
      return "cannot connect within " + std::to_string(kConnectSeconds) + " s";
    case httplib::Error::Read:
      return "the connection ended, or too much time passed, before the whole reply was there";
    case httplib::Error::Write:
      return "the connection ended, or too much time passed, while the request was sent";
    default:
      return "no reply (" + httplib::to_string(error) + ")";
  }
}

}  // namespace

std::string HttpReply::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_in_any_case(key, name)) return value;
  }
  return {};
}

HttpEndpoint::HttpEndpoint(std::string url, int timeout_seconds)
    : url_(std::move(url)), timeout_seconds_(timeout_seconds) {
  const std::size_t scheme = url_.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t path = std::min(url_.find('/', host), url_.size());
  origin_ = url_.substr(0, path);
  base_path_ = url_.substr(path);
  while (!base_path_.empty() && base_path_.back() == '/') base_path_.pop_back();
}

HttpEndpoint::~HttpEndpoint() = default;

std::unique_ptr<HttpEndpoint::Connection> HttpEndpoint::take(bool fresh) {
  const std::lock_guard lock(mutex_);
  if (fresh || idle_.empty()) return std::make_unique<Connection>(origin_, timeout_seconds_);
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void HttpEndpoint::give_back(std::unique_ptr<Connection> connection) {
  connection->used = true;
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
}

Outcome<HttpReply> HttpEndpoint::exchange(httplib::Request& request, const bool& replied) {
  auto connection = take(false);
  const auto sent = std::chrono::steady_clock::now();
  httplib::Result result = connection->client.send(request);
  // A closed connection fails at once; a server that takes too long is not asked a second time.
  const bool at_once = std::chrono::steady_clock::now() - sent < std::chrono::seconds(1);
  if (!result && connection->used && !replied && at_once) {
    connection = take(true);
    result = connection->client.send(request);
  }
  if (!result) {
    return Outcome<HttpReply>::failure(origin_ + request.path + ": " + reason_of(result.error()));
  }
  HttpReply reply = reply_of(*result);
  give_back(std::move(connection));
  return reply;
}

Outcome<HttpReply> HttpEndpoint::get(const std::string& path) {
  httplib::Request request;
  request.method = "GET";
  request.path = path;
  return exchange(request, false);
}

Outcome<HttpReply> HttpEndpoint::post(const std::string& path, const std::string& json, const HttpHeaders& headers) {
  httplib::Request request = post_request(path, json, headers);
  return exchange(request, false);
}

Outcome<HttpReply> HttpEndpoint::post_streaming(const std::string& path, const std::string& json,
                                                const HttpHeaders& headers,
                                                const std::function<void(std::string_view)>& receive) {
  httplib::Request request = post_request(path, json, headers);
  int status = 0;
  bool replied = false;
  std::string refused;  // the body of a reply that is not 200: an explanation, not a stream
  request.response_handler = [&](const httplib::Response& response) {
    replied = true;
    status = response.status;
    return true;
  };
  request.content_receiver = [&](const char* bytes, std::size_t size, std::uint64_t, std::uint64_t) {
    if (status == 200) {
      receive({bytes, size});
    } else {
      refused.append(bytes, size);
    }
    return true;
  };
  auto reply = exchange(request, replied);
  if (reply) reply->body = std::move(refused);
  return reply;
}

}  // namespace looptape::tools::demo
