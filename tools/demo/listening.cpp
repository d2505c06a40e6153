// See listening.h.
#include "tools/demo/listening.h"

#include <httplib.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace looptape::tools::demo {
namespace {

std::string remedy(int error) {
  switch (error) {
    case EADDRINUSE:
      return "; end what listens there, or choose another --port (0: a free one)";
    case EACCES:
      return "; choose a --port above 1023";
    case EADDRNOTAVAIL:
      return "; --host must be an address of this machine, such as 127.0.0.1";
    default:
      return {};
  }
}

// The library does not say, so its steps are taken once more.
std::string why_not_bound(const std::string& host, int port) {
  addrinfo wanted = {}, *found = nullptr;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  const int unresolved = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (unresolved != 0) return std::string("no such host: ") + ::gai_strerror(unresolved) + remedy(EADDRNOTAVAIL);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  int error = 0;
  for (const addrinfo* one = found; one != nullptr && error == 0; one = one->ai_next) {
    const int fd = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    const int yes = 1;
    if (fd >= 0) ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (fd < 0 || ::bind(fd, one->ai_addr, one->ai_addrlen) != 0 || ::listen(fd, 1) != 0) error = errno;
    if (fd >= 0) ::close(fd);
  }
  if (error == 0) return "it was in use a moment ago; try again";
  return std::strerror(error) + remedy(error);
}

}  // namespace

Outcome<Listening> bind_for_bursts(httplib::Server& server, const std::string& host, int port) {
  int listening = -1;
  server.set_socket_options([&listening](int socket) {
    listening = socket;
    const int yes = 1;
    // Not SO_REUSEPORT, the library's default: a second server on the same port would share the first one's requests.
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  const int bound = port == 0 ? server.bind_to_any_port(host) : server.bind_to_port(host, port) ? port : 0;
  server.set_socket_options([](int) {});
  if (bound <= 0) {
    return Outcome<Listening>::failure("cannot listen on " + host + ":" + std::to_string(port) + ": " +
                                       why_not_bound(host, port));
  }
  ::listen(listening, SOMAXCONN);  // once more: only the length of the queue changes
  return Listening{bound, listening};
}

// The library forgets a stop that comes before it listens; a socket that was shut down accepts nothing.
void stop_listening(httplib::Server& server, const Listening& listening) {
  ::shutdown(listening.socket, SHUT_RDWR);
  server.stop();
}

void answer_without_body(httplib::Server& server,
                         std::function<void(const httplib::Request&, httplib::Response&)> answer) {
  server.set_pre_routing_handler([answer = std::move(answer)](const auto& request, auto& response) {
    const std::string& method = request.method;
    const bool may_have_one = method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
    if (!may_have_one || request.has_header("Content-Length") || request.has_header("Transfer-Encoding"))
      return httplib::Server::HandlerResponse::Unhandled;
    answer(request, response);
    return httplib::Server::HandlerResponse::Handled;
  });
}

}  // namespace looptape::tools::demo
