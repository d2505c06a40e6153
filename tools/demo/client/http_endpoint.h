// One HTTP server as its clients see it: JSON in, JSON or a stream out, connections kept alive.
//
// Any number of threads may post at once; each request uses a connection of its own, taken from those
// that are idle. Nothing throws; a connection that fails is dropped. A kept connection that the server
// closed just as it was used again is replaced once, before any of the reply has arrived. Only
// http:// is spoken.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/demo/outcome.h"

namespace httplib {
struct Request;
}

namespace looptape::tools::demo {

struct HttpReply {
  int status = 0;
  std::string body;  // empty when it was streamed
  std::vector<std::pair<std::string, std::string>> headers;

  // The first header of this name, in any case; empty when there is none.
  std::string header(std::string_view name) const;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

class HttpEndpoint {
 public:
  // `url` is scheme://host[:port][/path]; `timeout_seconds` bounds each wait for bytes.
  explicit HttpEndpoint(std::string url, int timeout_seconds = 120);
  HttpEndpoint(const HttpEndpoint&) = delete;
  HttpEndpoint& operator=(const HttpEndpoint&) = delete;
  ~HttpEndpoint();

  // Any status is a reply; a failure is only what gave no whole reply.
  Outcome<HttpReply> get(const std::string& path);
  Outcome<HttpReply> post(const std::string& path, const std::string& json, const HttpHeaders& headers = {});

  // As `post`, giving the body of a 200 reply to `receive` piece by piece as it arrives.
  Outcome<HttpReply> post_streaming(const std::string& path, const std::string& json, const HttpHeaders& headers,
                                    const std::function<void(std::string_view)>& receive);

  const std::string& url() const { return url_; }
  // The path of the url, without a '/' at its end.
  const std::string& base_path() const { return base_path_; }

 private:
  class Connection;

  // Idle ones first; `fresh` asks for a new one.
  std::unique_ptr<Connection> take(bool fresh);
  // `replied` tells, after a failure, whether some of the reply had arrived.
  Outcome<HttpReply> exchange(httplib::Request& request, const bool& replied);
  void give_back(std::unique_ptr<Connection> connection);

  std::string url_;
  std::string origin_;
  std::string base_path_;
  int timeout_seconds_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_
};

}  // namespace looptape::tools::demo
