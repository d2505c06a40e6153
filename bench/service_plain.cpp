// The service with its probes compiled out and no recorder: see service.h.
#define LOOPTAPE_DISABLED
#include "bench/service_work.h"

namespace looptape::bench {

int serve_plain(const ServiceSockets& sockets, const Vectors& vectors) {
  return serve(sockets, vectors, [] { return std::uint64_t{0}; });
}

}  // namespace looptape::bench
