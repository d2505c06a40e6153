// Sends questions over HTTP from several clients at once and keeps what came back.
//
// Called from one thread; returns when every client is done. Each client asks its next question when it
// has the answer to the one before.

#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/demo/client/http_endpoint.h"
#include "tools/demo/drive/questions.h"

namespace looptape::tools::demo {

struct Reply {
  std::string request_id;
  std::chrono::nanoseconds duration{0};
  int status = 0;     // of HTTP; 0: no reply
  std::string error;  // why there was none
};

// One list of questions for each client.
std::vector<Reply> ask_all(HttpEndpoint& server, const std::vector<std::vector<Ask>>& clients);

// "184 requests, median 312 ms, slowest 702 ms" and, when there are any, what failed first.
std::string summary(std::vector<Reply> replies);

std::size_t failures(const std::vector<Reply>& replies);

}  // namespace looptape::tools::demo
