// Binds an HTTP server of the demo to its port, ready for a burst of connections, and answers what the library would
// wait for in vain.
//
// bind_for_bursts and answer_without_body: before the server listens, one thread.  The library's own queue holds five
// connections that were not accepted yet: the kernel answers a burst above that with cookies and resets some of it.
#pragma once

#include <functional>
#include <string>

#include "tools/demo/outcome.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace looptape::tools::demo {

struct Listening {
  int port = 0;  // that was bound
  int socket = -1;
};

// `port` 0: any free one.  A failure says what the address is, why it cannot be had and what to do.
Outcome<Listening> bind_for_bursts(httplib::Server& server, const std::string& host, int port);

// Ends the server's listening, or, when it has not begun yet, lets it end at once.  Any thread, while the server lives.
void stop_listening(httplib::Server& server, const Listening& listening);

// A POST, PUT, PATCH or DELETE that announces no body has none.  The library reads one until the connection ends, or
// until its time is up; with this, `answer` is called at once in its place, on the server's threads.
void answer_without_body(httplib::Server& server,
                         std::function<void(const httplib::Request&, httplib::Response&)> answer);

}  // namespace looptape::tools::demo
