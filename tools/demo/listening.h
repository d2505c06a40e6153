// Binds an HTTP server of the demo to its port, ready for a burst of connections.
//
// Binding: before the server listens, one thread.  The library's own queue holds five connections that were not
// accepted yet: the kernel answers a burst above that with cookies and resets some of it.
#pragma once

#include <string>

namespace httplib {
class Server;
}

namespace looptape::tools::demo {

struct Listening {
  int port = 0;  // that was bound; 0: it could not be (in use, not permitted, no such host)
  int socket = -1;
};

// `port` 0: any free one.
Listening bind_for_bursts(httplib::Server& server, const std::string& host, int port);

// Ends the server's listening, or, when it has not begun yet, lets it end at once.  Any thread, while the server lives.
void stop_listening(httplib::Server& server, const Listening& listening);

}  // namespace looptape::tools::demo
