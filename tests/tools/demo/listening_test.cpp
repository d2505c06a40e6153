// How the demo's servers listen.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <vector>

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
  REQUIRE(server.bind() > 0);
  const std::vector<unsigned> lengths = queue_lengths();
  REQUIRE(lengths.size() == 1);
  CHECK(lengths[0] >= 128);
}

TEST_CASE("a server that is stopped before it listens ends at once") {
  ProviderServer server{ProviderSettings{}};
  REQUIRE(server.bind() > 0);
  server.stop();
  server.listen();  // returns
  SUCCEED();
}

TEST_CASE("a port belongs to one server") {
  ProviderServer first{ProviderSettings{}};
  ProviderSettings same;
  same.port = first.bind();
  REQUIRE(same.port > 0);
  CHECK(ProviderServer(same).bind() == 0);
}

}  // namespace looptape::tools::demo
