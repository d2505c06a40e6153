// See load.h.

#include "tools/demo/drive/load.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/demo/text/words.h"

namespace looptape::tools::demo {
namespace {

using Clock = std::chrono::steady_clock;

Reply ask(HttpEndpoint& server, const Ask& what) {
  const nlohmann::json body = {{"question", what.question}, {"tenant", what.tenant}, {"session", what.session}};
  const auto start = Clock::now();
  const auto answer = server.post("/ask", body.dump());
  Reply reply;
  reply.duration = Clock::now() - start;
  if (!answer) {
    reply.error = answer.error();
    return reply;
  }
  reply.status = answer->status;
  reply.request_id = answer->header("X-Request-Id");
  if (answer->status != 200) reply.error = printable_utf8(answer->body.substr(0, 200));
  return reply;
}

std::string milliseconds(std::chrono::nanoseconds duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + " ms";
}

}  // namespace

std::vector<Reply> ask_all(HttpEndpoint& server, const std::vector<std::vector<Ask>>& clients) {
  std::vector<std::vector<Reply>> replies(clients.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    threads.emplace_back([&server, &asks = clients[i], &mine = replies[i]] {
      for (const Ask& what : asks) mine.push_back(ask(server, what));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Reply> all;
  for (std::vector<Reply>& mine : replies) all.insert(all.end(), mine.begin(), mine.end());
  return all;
}

std::size_t failures(const std::vector<Reply>& replies) {
  return static_cast<std::size_t>(
      std::count_if(replies.begin(), replies.end(), [](const Reply& reply) { return reply.status != 200; }));
}

std::string summary(std::vector<Reply> replies) {
  if (replies.empty()) return "no requests";
  std::sort(replies.begin(), replies.end(), [](const Reply& a, const Reply& b) { return a.duration < b.duration; });
  std::string text = std::to_string(replies.size()) + " requests, median " +
                     milliseconds(replies[replies.size() / 2].duration) + ", slowest " +
                     milliseconds(replies.back().duration);
  const auto failed = std::find_if(replies.begin(), replies.end(), [](const Reply& r) { return r.status != 200; });
  if (failed != replies.end()) {
    text += ", " + std::to_string(failures(replies)) + " failed: " + failed->error;
  }
  return text;
}

}  // namespace looptape::tools::demo
