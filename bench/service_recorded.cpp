// The service with a recorder of default settings: see service.h.
#include <cstdio>

#include "bench/service_work.h"
#include "bench/session.h"

namespace looptape::bench {

int serve_recorded(const ServiceSockets& sockets, const Vectors& vectors) {
  Session session;
  if (const std::string problem = session.problem(); !problem.empty()) {
    std::fprintf(stderr, "the recorded service: %s\n", problem.c_str());
    return 1;
  }
  return serve(sockets, vectors, [&] {
    session.recorder().dump("bench");
    return std::uint64_t{1};
  });
}

}  // namespace looptape::bench
