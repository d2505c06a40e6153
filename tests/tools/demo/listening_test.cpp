// How the demo's servers listen.
#include <httplib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/tools/demo/raw_connection.h"
#include "tools/demo/listening.h"
#include "tools/demo/provider/provider_server.h"

namespace looptape::tools::demo {
namespace {

// Connections that may wait to be accepted, of each listening TCP socket of this process.
std::vector<unsigned> queue_lengths() {
  std::vector<unsigned> lengths;
  for (int fd = 0; fd < 256; ++fd) {
    int listens = 0;
    socklen_t size = sizeof(listens);
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) continue;
    tcp_info info = {};
    size = sizeof(info);
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) lengths.push_back(info.tcpi_sacked);
  }
  return lengths;
}

}  // namespace

TEST_CASE("a burst of connections finds room in the queue of a server") {
  ProviderServer server{ProviderSettings{}};
  REQUIRE(server.bind());
  const std::vector<unsigned> lengths = queue_lengths();
  REQUIRE(lengths.size() == 1);
  CHECK(lengths[0] >= 128);
}

TEST_CASE("a server that is stopped before it listens ends at once") {
  ProviderServer server{ProviderSettings{}};
  REQUIRE(server.bind());
  server.stop();
  server.listen();  // returns
  SUCCEED();
}

TEST_CASE("a port belongs to one server") {
  ProviderServer first{ProviderSettings{}};
  ProviderSettings same;
  same.port = *first.bind();
  REQUIRE(same.port > 0);
  const auto second = ProviderServer(same).bind();
  CHECK_FALSE(second);
  CHECK(second.error() ==
        "cannot listen on 127.0.0.1:" + std::to_string(same.port) +
            ": Address already in use; end what listens there, or choose another --port (0: a free one)");
}

TEST_CASE("an address that cannot be listened on is told with the reason and what to do") {
  const auto why = [](const std::string& host, int port) {
    httplib::Server server;
    const auto bound = bind_for_bursts(server, host, port);
    CHECK_FALSE(bound);
    return bound.error();
  };
  const std::string hint = "; --host must be an address of this machine, such as 127.0.0.1";
  const std::string unresolved = why("a host that is none", 80);
  CHECK(unresolved.starts_with("cannot listen on a host that is none:80: no such host: "));
  CHECK(unresolved.ends_with(hint));
  // Of the addresses kept for documents: no machine's own.
  CHECK(why("192.0.2.1", 8080) == "cannot listen on 192.0.2.1:8080: Cannot assign requested address" + hint);
}

// The bug that was: the library read a body that nobody had announced until its time was up.  Here that would be for
// ever, as the connection stays.
TEST_CASE("a request that announces no body is answered at once, on a connection that stays") {
  httplib::Server server;
  server.set_read_timeout(3600);
  server.set_keep_alive_max_count(100);
  server.Post("/echo", [](const auto& request, auto& response) { response.set_content(request.body, "text/plain"); });
  answer_without_body(server, [](const auto& request, auto& response) {
    response.status = 400;
    response.set_content(request.method + " without a body", "text/plain");
  });
  const auto listening = bind_for_bursts(server, "127.0.0.1", 0);
  REQUIRE(listening);
  std::thread serving([&server] { server.listen_after_bind(); });
  {
    RawConnection connection(listening->port);
    const auto asked = [&connection](const std::string& request, const std::string& end) {
      return connection.reply(request, end).ends_with(end);
    };
    for (const std::string method : {"PUT", "POST", "PATCH", "DELETE"})
      CHECK(asked(method + " /echo HTTP/1.1\r\nHost: here\r\n\r\n", "\r\n\r\n" + method + " without a body"));
    CHECK(asked("POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody", "\r\n\r\nbody"));
    CHECK(asked("POST /echo HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n5\r\npiece\r\n0\r\n\r\n",
                "\r\n\r\npiece"));
  }
  stop_listening(server, *listening);
  serving.join();
}

}  // namespace looptape::tools::demo
