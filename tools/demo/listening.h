// Binds an HTTP server of the demo to its port, ready for a burst of connections.
//
// Before the server listens; one thread.  The library's own queue holds five connections that were not accepted yet:
// the kernel answers a burst above that with cookies and resets some of it.
#pragma once

#include <string>

namespace httplib {
class Server;
}

namespace looptape::tools::demo {

// `port` 0: any free one.  The port that was bound; 0: it could not be (in use, not permitted, no such host).
int bind_for_bursts(httplib::Server& server, const std::string& host, int port);

}  // namespace looptape::tools::demo
