// A connection to this machine over which a test sends a request byte by byte as it is written, which no client would.
//
// One thread at a time.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>

namespace looptape::tools::demo {

class RawConnection {
 public:
  explicit RawConnection(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection() { ::close(fd_); }

  // What comes back until `end` has come, or until the connection ends.
  std::string reply(const std::string& request, const std::string& end) {
    CHECK(::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()));
    std::string reply;
    for (char c = 0; !reply.ends_with(end) && ::recv(fd_, &c, 1, 0) == 1;) reply += c;
    return reply;
  }

 private:
  int fd_;
};

}  // namespace looptape::tools::demo
