// See listening.h.
#include "tools/demo/listening.h"

#include <httplib.h>
#include <sys/socket.h>

namespace looptape::tools::demo {

Listening bind_for_bursts(httplib::Server& server, const std::string& host, int port) {
  int listening = -1;
  server.set_socket_options([&listening](int socket) {
    listening = socket;
    const int yes = 1;
    // Not SO_REUSEPORT, the library's default: a second server on the same port would share the first one's requests.
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  const int bound = port == 0 ? server.bind_to_any_port(host) : server.bind_to_port(host, port) ? port : 0;
  server.set_socket_options([](int) {});
  if (bound <= 0) return {};
  ::listen(listening, SOMAXCONN);  // once more: only the length of the queue changes
  return {bound, listening};
}

// The library forgets a stop that comes before it listens; a socket that was shut down accepts nothing.
void stop_listening(httplib::Server& server, const Listening& listening) {
  ::shutdown(listening.socket, SHUT_RDWR);
  server.stop();
}

}  // namespace looptape::tools::demo
